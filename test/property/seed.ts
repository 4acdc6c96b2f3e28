/** Seed of this run; `PROPERTY_SEED` in the environment repeats a run. */
const seed = Number(process.env.PROPERTY_SEED ?? Math.floor(Math.random() * 2 ** 31));

/** Options of fast-check for a property; the seed is told even when all goes well. */
export function runs(numRuns: number): { numRuns: number; seed: number } {
  process.stdout.write(`${String(numRuns)} runs with PROPERTY_SEED=${String(seed)}\n`);
  return { numRuns, seed };
}

/** The seed for generators of our own, told as well. */
export function propertySeed(): number {
  process.stdout.write(`PROPERTY_SEED=${String(seed)}\n`);
  return seed;
}
