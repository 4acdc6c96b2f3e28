import type { Target } from '#models';

/**
 * The targets in the order in which they are tried: those that are left alone at the end, the others by priority, and
 * within one priority by chance in proportion to the weights. `random` gives numbers from 0 up to 1.
 */
export function orderTargets(targets: readonly Target[], random: () => number): Target[] {
  if (targets.length < 2) return [...targets];
  const drawn = targets.map((target) => {
    const { priority, weight } = target.connection.settings;
    // The smallest of -log(random)/weight is a weighted draw without replacement.
    return {
      target,
      closed: target.connection.gate.acceptsCalls ? 0 : 1,
      priority,
      lot: weight > 0 ? -Math.log(1 - random()) / weight : Number.POSITIVE_INFINITY,
    };
  });
  drawn.sort((left, right) => left.closed - right.closed || left.priority - right.priority || left.lot - right.lot);
  return drawn.map(({ target }) => target);
}
