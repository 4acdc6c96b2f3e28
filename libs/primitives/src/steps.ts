/** Work that may be interrupted at every `yield`. What it returns is its result. */
export type Steps<T> = Generator<undefined, T, undefined>;

/** The result of steps that are not interrupted. */
export function runAtOnce<T>(steps: Steps<T>): T {
  let step = steps.next();
  while (step.done !== true) step = steps.next();
  return step.value;
}
