import type { Target } from '#models';

/**
 * The targets in the order in which they are tried: those whose circuit is open last, then by priority, and at random in
 * proportion to their weights within one priority. `random` returns numbers in [0, 1).
 */
export function orderTargets(targets: readonly Target[], random: () => number): Target[] {
  if (targets.length < 2) return [...targets];
  const drawn = targets.map((target) => {
    const { priority, weight } = target.connection.settings;
    return {
      target,
      blocked: target.connection.gate.acceptsCalls ? 0 : 1,
      priority,
      // Sorting by -log(random)/weight is a weighted draw without replacement.
      lot: weight > 0 ? -Math.log(1 - random()) / weight : Number.POSITIVE_INFINITY,
    };
  });
  drawn.sort((left, right) => left.blocked - right.blocked || left.priority - right.priority || left.lot - right.lot);
  return drawn.map(({ target }) => target);
}
