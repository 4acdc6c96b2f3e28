import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { rolldown } from 'rolldown';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Simulator } from '../../apps/simulator/src/simulator.js';
import { createSimulator } from '../../apps/simulator/src/simulator.js';
import { FolderStorage } from '../../libs/model-store/src/folder-storage.js';
import type { Seen } from '../support/ask.js';
import { ask } from '../support/ask.js';
import type { RedisServer } from '../support/redis-server.js';
import { redisMissing, startRedis } from '../support/redis-server.js';
import type { RunningProxy } from '../support/start-proxy.js';
import { startProxy } from '../support/start-proxy.js';

const folder = mkdtempSync(join(tmpdir(), 'models-'));
let simulator: Simulator;
let redis: RedisServer | undefined;
let upstream = '';
const running: RunningProxy[] = [];

beforeAll(async () => {
  simulator = createSimulator();
  upstream = await simulator.listen();
  if (redisMissing === '') redis = await startRedis();
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((proxy) => proxy.close()));
});
afterAll(async () => {
  await simulator.close();
  await redis?.kill();
  rmSync(folder, { recursive: true, force: true });
});

/** Changes of others are seen within this. */
const MAX_DELAY_MS = 1000;

const STORES = [
  ['file', '', () => ({ MODEL_STORE: 'file', MODEL_STORE_PATH: join(folder, 'shared') })],
  ['redis', redisMissing, () => ({ MODEL_STORE: 'redis', REDIS_URL: redis?.url ?? '' })],
] as const;

describe.each(STORES)('MODEL_STORE=%s%s', (kind, missing, environment) => {
  const start = async (): Promise<RunningProxy> => {
    const proxy = await startProxy(upstream, environment());
    running.push(proxy);
    return proxy;
  };
  const create = ({ url }: RunningProxy, model: string, system = ''): Promise<Seen> =>
    ask(`${url}/api/create`, { model, from: 'sim-chat', system, stream: false });
  const remove = ({ url }: RunningProxy, model: string): Promise<Seen> =>
    ask(`${url}/api/delete`, { model }, { method: 'DELETE' });
  const chat = ({ url }: RunningProxy, model: string): Promise<Seen> =>
    ask(`${url}/api/chat`, { model, messages: [{ role: 'user', content: 'Hi' }], stream: false });
  const names = async ({ url }: RunningProxy): Promise<string[]> => {
    const { models } = JSON.parse((await ask(`${url}/api/tags`)).text) as { models: { name: string }[] };
    return models.map(({ name }) => name).filter((name) => !name.startsWith('sim-'));
  };

  it.skipIf(missing)('a model that one instance makes can be used at another at once', async () => {
    const [here, there] = [await start(), await start()];
    expect((await create(here, 'shared', 'Here.')).status).toBe(200);
    expect((await chat(there, 'shared')).status).toBe(200);
    expect(JSON.stringify(simulator.requests.at(-1)?.body)).toContain('Here.');
    expect(await names(there)).toContain('shared:latest');
  });

  it.skipIf(missing)('sees changes and deletions of another instance within a second', async () => {
    const [here, there] = [await start(), await start()];
    await create(here, 'changed', 'First.');
    await chat(there, 'changed');
    await create(here, 'changed', 'Second.');
    await wait(MAX_DELAY_MS);
    await chat(there, 'changed');
    expect(JSON.stringify(simulator.requests.at(-1)?.body)).toContain('Second.');
    expect((await remove(here, 'changed')).status).toBe(200);
    await wait(MAX_DELAY_MS);
    expect((await chat(there, 'changed')).status).toBe(404);
    expect(await names(there)).not.toContain('changed:latest');
  });

  it.skipIf(missing)('loses nothing of 50 concurrent writers at two instances', async () => {
    const both = [await start(), await start()] as const;
    const writers = Array.from({ length: 50 }, (_, index) => index);
    const made = await Promise.all(writers.map((index) => create(both[index % 2]!, `w${index}`, String(index))));
    expect(made.filter(({ status }) => status !== 200)).toEqual([]);
    const removed = await Promise.all(
      writers.filter((index) => index % 5 === 0).map((index) => remove(both[1], `w${index}`)),
    );
    expect(removed.filter(({ status }) => status !== 200)).toEqual([]);
    await wait(MAX_DELAY_MS);
    const left = writers.filter((index) => index % 5 !== 0).map((index) => `w${index}:latest`);
    for (const proxy of [...both, await start()]) {
      expect((await names(proxy)).filter((name) => /^w\d/.test(name)).toSorted()).toEqual(left.toSorted());
    }
  });

  it.skipIf(missing || kind !== 'redis')('keeps serving what it knows while Redis is away', async () => {
    const proxy = await start();
    await create(proxy, 'known', 'Known.');
    redis?.freeze();
    try {
      expect((await chat(proxy, 'known')).status).toBe(200);
      expect((await create(proxy, 'new')).lines).toEqual([
        { error: 'the model store does not work at the moment; nothing was changed' },
      ]);
    } finally {
      redis?.thaw();
    }
    await wait(MAX_DELAY_MS);
    expect((await create(proxy, 'new')).status).toBe(200);
  });
});

/** Makes and deletes models without a pause; each line on its output begins or ends an operation. */
const WRITER = `
import { writeSync } from 'node:fs';
import { FolderStorage } from './folder-storage.mjs';
const storage = await FolderStorage.open(process.argv[2]);
const note = (...words) => writeSync(1, words.join(' ') + '\\n');
note('ready');
const text = 'x'.repeat(20_000);
const work = async (lane) => {
  for (let round = 0; ; round += 1) {
    const key = 'model-' + lane + '-' + (round % 3);
    const value = JSON.stringify({ key, round, run: process.argv[3], text });
    note('?', key, round);
    if (round % 4 === 3) await storage.remove(key);
    else await storage.write(key, value, 1000);
    note(round % 4 === 3 ? '-' : '+', key, round);
  }
};
await Promise.all([work(0), work(1), work(2)]);
`;

const KILLS = 200;
/** A write takes a few milliseconds, so a kill within these hits every step of one. */
const MAX_LIFE_MS = 30;

describe('the folder', () => {
  const path = join(folder, 'killed');

  it(`is whole after each of ${KILLS} kills`, { timeout: 300_000, retry: 0 }, async () => {
    const code = join(folder, 'code');
    const bundle = await rolldown({ input: resolve('libs/model-store/src/folder-storage.ts'), platform: 'node' });
    await bundle.write({ file: join(code, 'folder-storage.mjs') });
    await bundle.close();
    const writer = join(code, 'writer.mjs');
    writeFileSync(writer, WRITER);

    /** The last operation on each key that was complete, over all lives. */
    const known = new Map<string, string | undefined>();
    let operations = 0;
    for (let life = 0; life < KILLS; life += 1) {
      const child = spawn(process.execPath, [writer, path, String(life)], { stdio: ['ignore', 'pipe', 'inherit'] });
      const pending = new Map<string, string>();
      const lines = createInterface({ input: child.stdout });
      lines.on('line', (line) => {
        const [mark = '', key = '', round = ''] = line.split(' ');
        if (mark === 'ready') setTimeout(() => child.kill('SIGKILL'), Math.random() * MAX_LIFE_MS);
        else if (mark === '?') pending.set(key, round);
        else {
          known.set(key, mark === '+' ? `${life} ${round}` : undefined);
          pending.delete(key);
          operations += 1;
        }
      });
      await new Promise((done) => lines.once('close', done));

      const storage = await FolderStorage.open(path);
      const found = new Map<string, string>();
      for (const text of (await storage.readAll()).values()) {
        const { key, round, run, text: body } = JSON.parse(text) as Record<string, string>;
        expect(body).toHaveLength(20_000);
        found.set(key!, `${run} ${round}`);
      }
      for (const key of new Set([...known.keys(), ...found.keys(), ...pending.keys()])) {
        const allowed = [known.get(key)];
        const begun = pending.get(key);
        if (begun !== undefined) allowed.push(Number(begun) % 4 === 3 ? undefined : `${life} ${begun}`);
        expect(allowed, `${key} after kill ${life}`).toContain(found.get(key));
        known.set(key, found.get(key));
      }
    }
    expect(operations).toBeGreaterThan(KILLS);
  });

  it('is cleared of what killed writers left', async () => {
    const left = readdirSync(path).filter((file) => file.endsWith('.tmp'));
    const long = new Date(0);
    for (const file of left) utimesSync(join(path, file), long, long);
    await FolderStorage.open(path);
    expect(readdirSync(path).filter((file) => file.endsWith('.tmp'))).toEqual([]);
  });

  it('with a damaged file serves the others', async () => {
    const damaged = join(folder, 'damaged');
    const environment = { MODEL_STORE: 'file', MODEL_STORE_PATH: damaged };
    const first = await startProxy(upstream, environment);
    for (const model of ['one', 'two'])
      await ask(`${first.url}/api/create`, { model, from: 'sim-chat', stream: false });
    await first.close();
    const [file = ''] = readdirSync(damaged);
    writeFileSync(join(damaged, file), '{"layout":1,');
    const second = await startProxy(upstream, environment);
    const { text } = await ask(`${second.url}/api/tags`);
    await second.close();
    expect([text.includes('one:latest'), text.includes('two:latest')].filter(Boolean)).toHaveLength(1);
  });
});
