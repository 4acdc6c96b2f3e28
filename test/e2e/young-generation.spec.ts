import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Simulator } from '../../apps/simulator/src/simulator.js';
import { createSimulator } from '../../apps/simulator/src/simulator.js';
import { ask, scripted } from '../support/ask.js';
import type { ChildProxy } from '../support/child-proxy.js';
import { startChild } from '../support/child-proxy.js';

/** V8 prints a line for each collection: `gc=s` for one of the young generation, which is small and therefore frequent here. */
const TRACED = ['--trace-gc-nvp', '--max-semi-space-size=4'];
const PROMOTED = /\bgc=s\b.* promoted=(\d+)/g;

/** At the start compiled code and caches become old. */
const WARM_UP = 960;
const REQUESTS = 960;
const AT_ONCE = 16;

/** Of some 60,000 that a request allocates. Those of a running request may become old; its objects have some 17,000. */
const MAX_PROMOTED_BYTES = 3000;

let simulator: Simulator;
let upstream: string;
beforeAll(async () => {
  simulator = createSimulator();
  upstream = await simulator.listen();
});
afterAll(() => simulator.close());

function promotedBytes({ output }: ChildProxy): number {
  let sum = 0;
  for (const [, bytes] of output().matchAll(PROMOTED)) sum += Number(bytes);
  return sum;
}

async function send({ url }: ChildProxy, path: string, body: object, count: number): Promise<void> {
  const client = async (): Promise<void> => {
    for (let sent = 0; sent < count / AT_ONCE; sent += 1) expect((await ask(`${url}${path}`, body)).status).toBe(200);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, client));
  simulator.reset();
}

describe('finished requests', { timeout: 120_000 }, () => {
  it.each([
    ['/api/chat', false],
    ['/api/chat', true],
    ['/v1/chat/completions', false],
    ['/v1/chat/completions', true],
    ['/v1/messages', true],
  ])('of %s, streamed: %s, do not become old', async (path, stream) => {
    const proxy = await startChild(upstream, {}, TRACED);
    const body = { model: 'sim-chat', max_tokens: 100, stream, messages: [scripted({ tokens: 5 })] };
    await send(proxy, path, body, WARM_UP);
    const before = promotedBytes(proxy);
    await send(proxy, path, body, REQUESTS);

    expect((promotedBytes(proxy) - before) / REQUESTS).toBeLessThan(MAX_PROMOTED_BYTES);
  });
});
