import { getHeapSpaceStatistics } from 'node:v8';
import { expect, it } from 'vitest';
import { releaseMemory } from './release-memory.js';

/** Objects that survive a collection make the young generation grow; these are 4 MB. */
const SURVIVORS = 100_000;

const youngGeneration = (): number =>
  Number(getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space')?.space_size);

it('shrinks the young generation', async () => {
  for (let round = 0; round < 10; round += 1) Array.from({ length: SURVIVORS }, (_, index) => ({ round, index }));
  const before = youngGeneration();
  await releaseMemory();
  expect(youngGeneration()).toBeLessThan(before / 2);
});
