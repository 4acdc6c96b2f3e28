/**
 * The load generator: a closed loop of `concurrency` clients, one connection each, on undici's callbacks, so that
 * the generator costs as little as it can of the machine it shares with the servers.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'undici';

/** Longest time without data in one response, so that a hang is an error and does not stop the run. */
const SILENCE_MS = 30_000;

export class Load {
  /** @param origins take turns */
  constructor(origins, concurrency) {
    this.clients = Array.from(
      { length: concurrency },
      (_, index) =>
        new Client(origins[index % origins.length], {
          headersTimeout: SILENCE_MS,
          bodyTimeout: SILENCE_MS,
          keepAliveTimeout: 60_000,
        }),
    );
  }

  /**
   * Sends until `sliceMs` have passed or `requests` have been sent; running requests are waited for.
   * @param request `{ method, path, body }`; `ending` are the bytes that close a complete answer
   */
  async run({ request, ending, sliceMs, requests, staggerMs }) {
    const slice = { sent: 0, failures: [], latencies: [], firstBytes: [] };
    const deadline = performance.now() + sliceMs;
    const client = async (connection, index) => {
      if (staggerMs > 0) await sleep((staggerMs * index) / this.clients.length);
      while (slice.sent < requests && performance.now() < deadline) {
        slice.sent += 1;
        await exchange(connection, request, ending, slice);
      }
    };
    await Promise.all(this.clients.map(client));
    return slice;
  }

  /** One response as text. @throws Error for a status other than 200 */
  async fetch(request) {
    const response = await this.clients[0].request(withHeaders(request));
    const text = await response.body.text();
    if (response.statusCode === 200) return text;
    throw Object.assign(new Error(`status ${response.statusCode}: ${text.slice(0, 200)}`), {
      status: response.statusCode,
    });
  }

  async close() {
    await Promise.all(this.clients.map((client) => client.destroy()));
  }
}

function withHeaders(request) {
  return request.body === undefined ? request : { ...request, headers: { 'content-type': 'application/json' } };
}

/** One request; always resolves, and records its outcome in the slice. */
function exchange(client, request, ending, slice) {
  return new Promise((resolve) => {
    client.dispatch(withHeaders(request), new Exchange(slice, ending, resolve));
  });
}

class Exchange {
  start = performance.now();
  first = 0;
  status = 0;
  last = undefined;
  beforeLast = undefined;

  constructor(slice, ending, resolve) {
    this.slice = slice;
    this.ending = ending;
    this.resolve = resolve;
  }

  onRequestStart() {}

  onResponseStart(_controller, status) {
    this.status = status;
  }

  onResponseData(_controller, bytes) {
    if (this.first === 0) this.first = performance.now();
    this.beforeLast = this.last;
    this.last = bytes;
  }

  onResponseEnd() {
    const { slice, start, first } = this;
    if (this.status !== 200 || !this.isComplete()) {
      this.fail(`status ${this.status}, ${this.last ? 'incomplete' : 'empty'}: ${this.last?.subarray(0, 200)}`);
      return;
    }
    slice.latencies.push(performance.now() - start);
    slice.firstBytes.push(first - start);
    this.resolve();
  }

  onResponseError(_controller, error) {
    this.fail(error.message);
  }

  isComplete() {
    if (this.last?.includes(this.ending)) return true;
    return this.beforeLast !== undefined && Buffer.concat([this.beforeLast, this.last]).includes(this.ending);
  }

  fail(text) {
    this.slice.failures.push(text);
    this.resolve();
  }
}
