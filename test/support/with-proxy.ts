import { afterAll, beforeAll, beforeEach } from 'vitest';
import type { Simulator, SimulatorOptions } from '../../apps/simulator/src/simulator.js';
import { createSimulator } from '../../apps/simulator/src/simulator.js';
import type { AskOptions, Seen } from './ask.js';
import { ask } from './ask.js';
import type { RunningProxy } from './start-proxy.js';
import { startProxy } from './start-proxy.js';

export interface Setup {
  readonly simulator: Simulator;
  readonly proxy: RunningProxy;
  /** Asks the proxy at a path. */
  ask(path: string, body?: unknown, options?: AskOptions): Promise<Seen>;
  /** The body of the last POST that reached the simulator. */
  lastBody(): Record<string, unknown>;
}

/** A proxy in front of a simulator for the tests of a file; what was recorded is forgotten before each test. */
export function withProxy(simulatorOptions: SimulatorOptions = {}, environment: Record<string, string> = {}): Setup {
  let simulator: Simulator;
  let proxy: RunningProxy;
  beforeAll(async () => {
    simulator = createSimulator(simulatorOptions);
    proxy = await startProxy(await simulator.listen(), environment);
    await ask(`${proxy.url}/api/tags`);
  });
  beforeEach(() => {
    simulator.reset();
  });
  afterAll(async () => {
    await proxy.close();
    await simulator.close();
  });
  return {
    get simulator() {
      return simulator;
    },
    get proxy() {
      return proxy;
    },
    ask: (path, body, options) => ask(`${proxy.url}${path}`, body, options),
    lastBody: () => simulator.requests.findLast(({ method }) => method === 'POST')?.body as Record<string, unknown>,
  };
}
