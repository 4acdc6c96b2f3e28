/** Seed of this run; `PROPERTY_SEED` in the environment repeats a run. */
const seed = Number(process.env.PROPERTY_SEED ?? Math.floor(Math.random() * 2 ** 31));

/** Options of fast-check for a property; the seed is printed even on success. */
export function runs(numRuns: number): { numRuns: number; seed: number } {
  process.stdout.write(`${String(numRuns)} runs with PROPERTY_SEED=${String(seed)}\n`);
  return { numRuns, seed };
}

/** The seed for other generators; printed, too. */
export function propertySeed(): number {
  process.stdout.write(`PROPERTY_SEED=${String(seed)}\n`);
  return seed;
}
