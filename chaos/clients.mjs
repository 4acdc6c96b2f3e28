/** Clients of all kinds: they send requests, read at their own pace or disconnect, and report the outcome. */
import { Agent, request as ask } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { judge } from './judge.mjs';
import { KINDS, makeRequest } from './requests.mjs';

/** A slow reader rests so long after so many bytes. */
const PAUSE_BYTES = 16_384;
const PAUSE_MS = 50;

/** @returns what came of one request: `kind`, `detail`, `ms`, and `firstMs` to its first byte */
export async function send(proxy, request, { agent, limitMs, key }) {
  const begun = performance.now();
  let firstMs;
  const seen = await new Promise((resolve) => {
    let text = '';
    let status = 0;
    let nextPause = 0;
    // The proxy logs with it.
    const headers = {
      'content-type': 'application/json',
      'x-request-id': request.nonce,
      ...(key && { authorization: `Bearer ${key}` }),
    };
    const call = ask(`${proxy.url}${request.path}`, { method: 'POST', agent, headers });
    const done = (more) => {
      clearTimeout(limit);
      clearTimeout(leave);
      resolve({ status, text, isBroken: false, ...more });
    };
    const endAs = (outcome) => () => {
      done({ outcome });
      call.destroy();
    };
    const limit = setTimeout(endAs('hang'), limitMs);
    const leave = request.leavesAfterMs === undefined ? undefined : setTimeout(endAs('left'), request.leavesAfterMs);
    call.on('error', (error) => done(status > 0 ? { isBroken: true } : { outcome: 'lost', error }));
    call.on('response', (response) => {
      status = response.statusCode;
      response.setEncoding('utf8');
      response.on('data', (piece) => {
        firstMs ??= performance.now() - begun;
        text += piece;
        if (!request.isSlow || text.length < nextPause) return;
        nextPause += PAUSE_BYTES;
        response.pause();
        setTimeout(() => response.resume(), PAUSE_MS);
      });
      response.on('error', () => done({ isBroken: true }));
      response.on('close', () => done({ isBroken: !response.complete }));
    });
    call.end(JSON.stringify(request.body));
  });
  const ms = performance.now() - begun;
  if (seen.outcome) return { kind: seen.outcome, detail: seen.error?.message ?? '', ms, firstMs };
  return { ...judge(request, seen), ms, firstMs };
}

/** Clients that send one request after the other until stopped. */
export class Load {
  isOver = false;
  agent = new Agent({ keepAlive: true, maxSockets: Infinity });
  #clients = [];
  #asked = 0;

  /**
   * @param onResult called with the request and what came of it
   * @param options `clients`, `limitMs`, `pauseMs` between two requests of one client, `keys`, and those of `makeRequest`
   */
  constructor(proxy, random, onResult, { clients, limitMs, pauseMs = 200, keys = [], ...options }) {
    Object.assign(this, { proxy, onResult, limitMs, pauseMs, options });
    this.#clients = Array.from({ length: clients }, (_, at) => this.#run(random.fork(), keys[at % keys.length]));
  }

  async stop() {
    this.isOver = true;
    await Promise.all(this.#clients);
    this.agent.destroy();
  }

  async #run(random, key) {
    // Not all at once.
    await sleep(random.between(0, 1000));
    while (!this.isOver) {
      this.#asked += 1;
      const nonce = `n${this.#asked}x${random.between(0, 0xffffffff).toString(36)}`;
      const request = makeRequest(random, nonce, random.pick(KINDS), this.options);
      const { proxy, agent, limitMs } = this;
      this.onResult(request, await send(proxy, request, { agent, limitMs, key }));
      await sleep(random.between(0, 2 * this.pauseMs));
    }
  }
}
