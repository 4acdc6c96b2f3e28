import { setTimeout as wait } from 'node:timers/promises';
import { Ollama } from 'ollama';
import { Agent } from 'undici';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { Simulator } from '../../apps/simulator/src/simulator.js';
import { createSimulator } from '../../apps/simulator/src/simulator.js';
import { ask, scripted, until } from '../support/ask.js';
import type { Balancer } from '../support/balancer.js';
import { startBalancer } from '../support/balancer.js';
import type { ChildProxy } from '../support/child-proxy.js';
import { startChild } from '../support/child-proxy.js';
import { freePort } from '../support/free-port.js';

let simulator: Simulator;
beforeAll(async () => {
  simulator = createSimulator();
  await simulator.listen();
});
afterAll(() => simulator.close());

/** Time for the balancer to see that a replica goes. A busy machine is not what is tested. */
const REPLICA = { SHUTDOWN_LINGER_SECONDS: '2', MAX_EVENT_LOOP_LAG: '0' };
const MODEL = 'sim-chat';
const STREAM = { tokens: 20, tokenDelayMs: 20 };

/** How requests ended: each is whole, or has failed and says so; the third must not be. */
interface Tally {
  whole: number;
  /** How each failed. */
  failed: string[];
  odd: string[];
}

type Client = (url: string, dispatcher: Agent) => Promise<void>;

/** Each asks once; @throws how it failed */
const CLIENTS: Readonly<Record<string, Client>> = {
  'an Ollama stream': async (url, dispatcher) => {
    const seen = await ask(`${url}/api/chat`, { model: MODEL, messages: [scripted(STREAM)] }, { dispatcher });
    requireWhole(seen.status, seen.lines.at(-1)?.done === true, seen.text);
  },
  'a whole answer': async (url, dispatcher) => {
    const body = { model: MODEL, stream: false, prompt: scripted(STREAM).content };
    const seen = await ask(`${url}/api/generate`, body, { dispatcher });
    requireWhole(seen.status, seen.lines.at(-1)?.done === true, seen.text);
  },
  'an OpenAI stream': async (url, dispatcher) => {
    const body = { model: MODEL, stream: true, messages: [scripted(STREAM)] };
    const seen = await ask(`${url}/v1/chat/completions`, body, { dispatcher });
    requireWhole(seen.status, seen.text.endsWith('data: [DONE]\n\n'), seen.text);
  },
  'a list': async (url, dispatcher) => {
    const seen = await ask(`${url}/api/tags`, undefined, { dispatcher });
    requireWhole(seen.status, seen.text.includes(MODEL), seen.text);
  },
  'the official client': async (url) => {
    let isDone = false;
    const messages = [{ role: 'user', content: scripted(STREAM).content }];
    for await (const part of await new Ollama({ host: url }).chat({ model: MODEL, stream: true, messages }))
      isDone = part.done;
    if (!isDone) throw new Odd('the client saw no end');
  },
};

function requireWhole(status: number, hasEnd: boolean, text: string): void {
  if (status === 200 && hasEnd) return;
  const seen = `${status} ${text.slice(-200)}`;
  throw status !== 200 || text.includes('"error"') ? new Error(seen) : new Odd(seen);
}

/** An answer that looks well and is not. */
class Odd extends Error {}

/** Clients of every kind, each with one request after the other, some on a connection that they keep, until stopped. */
function load(url: string, each: number): () => Promise<Tally> {
  const tally: Tally = { whole: 0, failed: [], odd: [] };
  let isOn = true;
  const run = async (name: string, client: Client, keeps: boolean): Promise<void> => {
    const dispatcher = new Agent(keeps ? { connections: 1 } : { pipelining: 0 });
    while (isOn) {
      try {
        await client(url, dispatcher);
        tally.whole += 1;
      } catch (error) {
        const list = error instanceof Odd ? tally.odd : tally.failed;
        list.push(
          `${name}${keeps ? ', kept' : ''}: ${String(error)} ${(error as { cause?: Error }).cause?.message ?? ''}`,
        );
      }
      await wait(10);
    }
    await dispatcher.close();
  };
  const runs = Object.entries(CLIENTS).flatMap(([name, client]) =>
    Array.from({ length: each }, (_, index) => run(name, client, index % 2 === 0)),
  );
  return async () => {
    isOn = false;
    await Promise.all(runs);
    return tally;
  };
}

async function startReplicas(count: number): Promise<{ replicas: ChildProxy[]; balancer: Balancer }> {
  const replicas = await Promise.all(Array.from({ length: count }, () => startChild(simulator.url, REPLICA)));
  const balancer = await startBalancer(replicas.map(({ port }) => port));
  onTestFinished(() => balancer.close());
  await wait(200);
  return { replicas, balancer };
}

/** Another process on the port of one that has ended. */
const restart = ({ port }: ChildProxy): Promise<ChildProxy> =>
  startChild(simulator.url, { ...REPLICA, PROXY_PORT: String(port) });

/** All replicas are given connections again. */
async function allServe({ given }: Balancer): Promise<boolean> {
  const before = new Map(given);
  return until(() => [...given].every(([port, count]) => count > (before.get(port) ?? 0)), 5000);
}

describe('three replicas behind a balancer', { timeout: 240_000 }, () => {
  it('can be restarted one by one without a failed request', async () => {
    const { replicas, balancer } = await startReplicas(3);
    const stop = load(balancer.url, 4);
    await wait(1000);
    for (const replica of replicas) {
      replica.child.kill('SIGTERM');
      expect(await replica.exit).toBe(0);
      await restart(replica);
      expect(await allServe(balancer)).toBe(true);
    }
    const { whole, failed, odd } = await stop();
    expect({ failed, odd }).toEqual({ failed: [], odd: [] });
    expect(whole).toBeGreaterThan(200);
  });

  it('lose only the requests of a killed one, and none of these looks complete', async () => {
    const { replicas, balancer } = await startReplicas(3);
    const clients = 4;
    const stop = load(balancer.url, clients);
    await wait(1000);
    let kills = 0;
    for (const replica of replicas) {
      replica.child.kill('SIGKILL');
      kills += 1;
      await replica.exit;
      await restart(replica);
      expect(await allServe(balancer)).toBe(true);
    }
    const { whole, failed, odd } = await stop();
    expect(odd).toEqual([]);
    expect(failed.length).toBeGreaterThan(0);
    // Each client has one request at a time: no more than these can have been with one that was killed.
    expect(failed.length).toBeLessThanOrEqual(kills * clients * Object.keys(CLIENTS).length);
    expect(whole).toBeGreaterThan(200);
  });

  it('keep no state that the next request needs', async () => {
    const { replicas } = await startReplicas(2);
    const [one, other] = replicas as [ChildProxy, ChildProxy];
    const first = await ask(`${one.url}/api/generate`, { model: MODEL, prompt: 'hello', stream: false });
    const next = { model: MODEL, prompt: 'and then?', stream: false, context: first.lines[0]?.context };
    simulator.reset();
    await ask(`${other.url}/api/generate`, next);
    const { messages } = simulator.requests.find(({ method }) => method === 'POST')?.body as { messages: object[] };
    expect(messages).toHaveLength(3);
  });
});

it('counts requests per replica, so that an idle one would be noticed', async () => {
  const port = await freePort();
  const balancer = await startBalancer([port]);
  await expect(ask(balancer.url)).rejects.toThrow();
  expect([...balancer.given]).toEqual([[port, 0]]);
  await balancer.close();
});
