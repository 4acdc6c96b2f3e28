import { expect, it } from 'vitest';
import { MemoryStore } from './memory-store.js';
import { readOwned, ResponseOwners } from './response-owners.js';

it('knows the upstream of what a caller made, and nothing of others', async () => {
  const owners = new ResponseOwners(new MemoryStore({ maxBytes: 10_000, maxEntries: 10, ttlMs: 1000 }));
  await owners.keep('alice', ['resp_1', 'msg_1'], 'a');
  await owners.keep('bob', ['resp_2'], 'b');
  expect(await owners.find('alice', ['msg_1', 'resp_2', 'resp_1'])).toEqual(['a', undefined, 'a']);
  expect(await owners.find('bob', ['resp_1', 'resp_2'])).toEqual([undefined, 'b']);
  expect(await owners.find(undefined, ['resp_1'])).toEqual([undefined]);
  expect(owners.usage.entries).toBe(3);
});

it('knows nothing without a store', async () => {
  const owners = new ResponseOwners();
  await owners.keep('alice', ['resp_1'], 'a');
  expect(await owners.find('alice', ['resp_1'])).toEqual([undefined]);
});

it('reads what was stored, and nothing else', () => {
  expect(readOwned({ upstream: 'a', more: 1 })).toEqual({ upstream: 'a' });
  for (const value of [null, 'a', [], {}, { upstream: 1 }]) expect(readOwned(value)).toBeUndefined();
});
