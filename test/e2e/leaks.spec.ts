import { Agent } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Simulator } from '../../apps/simulator/src/simulator.js';
import { createSimulator } from '../../apps/simulator/src/simulator.js';
import { ask, scripted, textOf, until } from '../support/ask.js';
import type { RunningProxy } from '../support/start-proxy.js';
import { startProxy } from '../support/start-proxy.js';

const SEQUENTIAL = 1000;
const CONCURRENT = 200;

let simulator: Simulator;
let proxy: RunningProxy;
let clients = new Agent();

beforeAll(async () => {
  simulator = createSimulator({ maxRequests: 10 });
  proxy = await startProxy(await simulator.listen());
});
afterAll(async () => {
  await proxy.close();
  await simulator.close();
});

/** Sockets and timers that keep this process alive; both sides of every connection are in it. */
function handles(): number {
  return process.getActiveResourcesInfo().filter((each) => /TCPSocketWrap|Timeout/.test(each)).length;
}

async function settledHeap(): Promise<number> {
  for (let round = 0; round < 3; round += 1) {
    global.gc?.();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return process.memoryUsage().heapUsed;
}

const stream = (signal?: AbortSignal) =>
  ask(
    `${proxy.url}/api/chat`,
    { model: 'sim-chat', messages: [scripted({ text: 'All of it.', tokenDelayMs: signal ? 3 : 0 })] },
    { dispatcher: clients, ...(signal && { signal }) },
  );

describe('after many streams', () => {
  it(
    `nothing is left of ${String(SEQUENTIAL)} in a row and ${String(CONCURRENT)} at once, a third of them left by the client`,
    { timeout: 60_000 },
    async () => {
      for (let count = 0; count < 50; count += 1) await stream();
      await clients.close();
      clients = new Agent();
      await until(() => handles() <= 4, 8000);
      const heapBefore = await settledHeap();
      const handlesBefore = handles();
      for (let count = 0; count < SEQUENTIAL; count += 1) {
        expect(textOf((await stream()).lines)).toBe('All of it.');
      }
      let left = 0;
      await Promise.all(
        Array.from({ length: CONCURRENT }, async (_, index) => {
          if (index % 3 !== 0) {
            expect(textOf((await stream()).lines)).toBe('All of it.');
            return;
          }
          left += 1;
          await stream(AbortSignal.timeout(1 + ((index * 7) % 20))).catch(() => undefined);
        }),
      );
      await clients.close();
      // The proxy's own idle connections to the upstream are closed by their keep-alive limit, not at once.
      await until(() => handles() <= handlesBefore, 8000);
      const heapAfter = await settledHeap();
      const growth = (heapAfter - heapBefore) / 1024 / 1024;
      process.stdout.write(
        `leaks: handles ${String(handlesBefore)} → ${String(handles())}, heap ${(heapBefore / 1048576).toFixed(1)} → ${(heapAfter / 1048576).toFixed(1)} MB, ${String(left)} aborted\n`,
      );
      expect(left).toBeGreaterThan(CONCURRENT / 4);
      expect(handles()).toBeLessThanOrEqual(handlesBefore + 2);
      expect(growth).toBeLessThan(10);
    },
  );
});
