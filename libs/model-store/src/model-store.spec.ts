import { Logger } from '@nestjs/common';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { VirtualModel } from '#virtual-models';
import { MemoryStorage } from './memory-storage.js';
import { ModelStore } from './model-store.js';
import type { Storage } from './storage.js';

const LIMITS = { maxModels: 2, maxModelBytes: 1000 };

function modelNamed(name: string, system = ''): VirtualModel {
  const texts = {
    name,
    base: 'm',
    parent: 'm',
    modifiedAt: '2026-01-01T00:00:00Z',
    digest: system,
    system,
    template: '',
  };
  return { ...texts, parameters: {}, messages: [], licenses: [], capabilities: undefined };
}

/** A storage that other processes write to as well. */
function sharedStorage(): Storage {
  const memory = new MemoryStorage();
  let changes = 0;
  const counted = async <T>(change: Promise<T>): Promise<T> => {
    changes += 1;
    return change;
  };
  return {
    isShared: true,
    readAll: () => memory.readAll(),
    read: (key) => memory.read(key),
    write: (key, text, maxCount) => counted(memory.write(key, text, maxCount)),
    remove: (key) => counted(memory.remove(key)),
    version: () => Promise.resolve(String(changes)),
    watch: () => undefined,
    close: () => Promise.resolve(),
  };
}

const stores: ModelStore[] = [];

function open(storage: Storage | undefined): ModelStore {
  const store = new ModelStore(storage, LIMITS);
  stores.push(store);
  return store;
}

afterEach(async () => {
  vi.restoreAllMocks();
  for (const store of stores.splice(0)) await store.onApplicationShutdown();
});

describe('the model store', () => {
  it('finds models under each spelling of their name', async () => {
    const store = open(new MemoryStorage());
    await store.put(modelNamed('Mine:latest'));
    expect([store.find('mine')?.name, store.find('MINE:latest')?.name]).toEqual(['Mine:latest', 'Mine:latest']);
    expect([await store.remove('mine'), store.find('mine'), await store.remove('mine')]).toEqual([
      true,
      undefined,
      false,
    ]);
  });

  it('is full at its limit, but replaces', async () => {
    const store = open(new MemoryStorage());
    await store.put(modelNamed('a:latest'));
    await store.put(modelNamed('b:latest'));
    await expect(store.put(modelNamed('c:latest'))).rejects.toMatchObject({ status: 507 });
    await store.put(modelNamed('b:latest', 'new'));
    expect([...store.all()].map(({ system }) => system)).toEqual(['', 'new']);
  });

  it('rejects a model that is too large, by its bytes', async () => {
    const store = open(new MemoryStorage());
    await expect(store.put(modelNamed('a:latest', '🙂'.repeat(250)))).rejects.toMatchObject({ status: 413 });
    expect(store.find('a')).toBeUndefined();
  });

  it('refuses changes when it is off', async () => {
    await expect(open(undefined).put(modelNamed('a:latest'))).rejects.toMatchObject({ status: 501 });
  });

  it('changes nothing when the storage fails, and works again with it', async () => {
    const storage = sharedStorage();
    const store = open(storage);
    const warn = vi.spyOn(Logger.prototype, 'warn').mockReturnValue();
    const write = vi.spyOn(storage, 'write').mockRejectedValueOnce(new Error('no space'));
    await expect(store.put(modelNamed('a:latest'))).rejects.toMatchObject({ status: 503 });
    expect([store.find('a'), warn.mock.calls.length]).toEqual([undefined, 1]);
    await store.put(modelNamed('a:latest'));
    expect([store.find('a')?.name, write.mock.calls.length]).toEqual(['a:latest', 2]);
  });

  it('reads what other processes have made and deleted', async () => {
    const storage = sharedStorage();
    const [here, there] = [open(storage), open(storage)];
    await there.put(modelNamed('a:latest'));
    expect([here.find('a'), (await here.fetch('a'))?.name, here.find('a')?.name]).toEqual([
      undefined,
      'a:latest',
      'a:latest',
    ]);
    await there.remove('a');
    await here.sync();
    expect(here.find('a')).toBeUndefined();
  });

  it('ignores what it cannot read, with a warning', async () => {
    const storage = sharedStorage();
    await storage.write('broken', '{"layout":1', 9);
    await storage.write('later', '{"layout":99}', 9);
    const warn = vi.spyOn(Logger.prototype, 'warn').mockReturnValue();
    const store = open(storage);
    await store.sync();
    expect([[...store.all()], warn.mock.calls.length]).toEqual([[], 2]);
  });
});
