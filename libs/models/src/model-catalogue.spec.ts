import { afterEach, describe, expect, it, vi } from 'vitest';
import type { ModelRule } from '#config';
import type { Routing, UpstreamConnection, UpstreamRegistry } from '#connections';
import { start } from '../../../test/support/upstream-server.js';
import { ModelStore } from '#model-store';
import { ModelCatalogue } from './model-catalogue.js';
import { ruleFor } from './resolve.js';

/** Older than any list that is served without asking for a new one. */
const LATER_MS = 120_000;

const NO_STORE = new ModelStore(undefined, { maxModels: 0, maxModelBytes: 0 });

afterEach(() => {
  vi.restoreAllMocks();
});

function routingOf(
  version: number,
  client: UpstreamConnection,
  rules: readonly ModelRule[] = [],
  ...others: UpstreamConnection[]
): Routing {
  return { table: { rules } as unknown as Routing['table'], connections: [client, ...others], version };
}

describe('the list of all models', () => {
  it('is the same until an upstream has another list', async () => {
    let id = 'old';
    const { client } = await start((_request, response) => response.end(`{"data":[{"id":"${id}"}]}`));
    const catalogue = new ModelCatalogue({ current: routingOf(1, client) } as UpstreamRegistry, NO_STORE);
    const list = await catalogue.list();
    expect(list.map(({ name }) => name)).toEqual(['old:latest']);
    expect(await catalogue.list()).toBe(list);

    id = 'new';
    const now = performance.now();
    vi.spyOn(performance, 'now').mockImplementation(() => now + LATER_MS);
    // The wall clock does not matter, also when it is set back.
    vi.spyOn(Date, 'now').mockReturnValue(0);
    await vi.waitFor(async () => expect((await catalogue.list()).map(({ name }) => name)).toEqual(['new:latest']));
  });

  it('is another after a reload, also one that comes while a list is fetched', async () => {
    const { client } = await start((_request, response) => {
      setTimeout(() => response.end('{"data":[{"id":"a"}]}'), 50);
    });
    const registry = { current: routingOf(1, client) };
    const catalogue = new ModelCatalogue(registry as UpstreamRegistry, NO_STORE);
    const asked = catalogue.list();
    registry.current = routingOf(2, client, [{ name: 'friend', model: 'a' } as ModelRule]);
    const names = ['friend:latest', 'a:latest'].sort();
    expect((await asked).map(({ name }) => name).sort()).toEqual(names);
    const list = await catalogue.list();
    registry.current = routingOf(3, client);
    expect((await catalogue.list()).map(({ name }) => name)).toEqual(['a:latest']);
    expect(list.map(({ name }) => name).sort()).toEqual(names);
  });
});

describe('a list that does not arrive', () => {
  it('delays neither a model of another list nor the list of all models for long', async () => {
    const { client } = await start((_request, response) => response.end('{"data":[{"id":"a"}]}'));
    const { client: hung } = await start(() => undefined);
    const catalogue = new ModelCatalogue({ current: routingOf(1, client, [], hung) } as UpstreamRegistry, NO_STORE);
    const begun = performance.now();
    expect((await catalogue.list()).map(({ name }) => name)).toEqual(['a:latest']);
    expect(performance.now() - begun).toBeLessThan(3000);
    const known = performance.now();
    expect((await catalogue.resolve('a')).entry?.id).toBe('a');
    expect(performance.now() - known).toBeLessThan(500);
  });
});

describe('a pattern rule', () => {
  it.each([
    ['*', '*', 'Qwen/Qwen2.5-7B', 'Qwen/Qwen2.5-7B'],
    ['hf/*', 'vendor/*-x', 'hf/A$$b', 'vendor/A$$b-x'],
    ['HF/*', 'vendor/*', "hf/A$'b:latest", "vendor/A$'b"],
  ])('%s to %s keeps the case and `$` of %s', (name, model, wanted, expected) => {
    expect(ruleFor(wanted, [{ name, model } as ModelRule])?.model).toBe(expected);
  });
});
