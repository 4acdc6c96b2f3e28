/** A simulator behind a relay: the relay is what the proxy knows, and where the network and the gateway go wrong. */
import { Agent, createServer, request as ask } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../bench/processes.mjs';
import { startSimulator } from './processes.mjs';

/** In a drip, so many bytes come every so many milliseconds. */
const DRIP_BYTES = 48;
const DRIP_MS = 10;

/** Where an answer is cut: in the middle of its first events. */
const CUT_BYTES = 500;

export class Upstream {
  /** POST requests that came in since the start. */
  requests = 0;
  /** What becomes of requests: pass, drip, cut, hang, reset, garbage, 429, 500 or 503. */
  mode = 'pass';
  /** Called with each request, before its body is read. */
  observe = () => undefined;
  /** Answers of which something has been sent, and not yet all. */
  underWay = new Set();
  #sockets = new Set();
  #agent = new Agent({ keepAlive: true });

  static async start(name, environment = {}) {
    const upstream = new Upstream();
    Object.assign(upstream, { name, environment, port: await freePort(), simulatorPort: await freePort() });
    await upstream.up();
    return upstream;
  }

  get url() {
    return `http://127.0.0.1:${this.port}/v1`;
  }

  async up() {
    this.simulator = await startSimulator(this.simulatorPort, { SIMULATOR_TOKEN_DELAY_MS: '5', ...this.environment });
    this.server = createServer((request, response) => this.#answer(request, response));
    this.server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
    await new Promise((resolve) => this.server.listen(this.port, '127.0.0.1', resolve));
  }

  /** Kills the process; from then on connections are refused. */
  async down() {
    this.server.close();
    for (const socket of this.#sockets) socket.destroy();
    this.simulator.kill('SIGKILL');
    await this.simulator.ended;
  }

  resetAll() {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  #answer(request, response) {
    if (request.method === 'POST') this.requests += 1;
    this.observe(request);
    request.on('error', () => undefined);
    response.on('error', () => undefined);
    if (this.mode === 'pass' || this.mode === 'drip' || this.mode === 'cut') this.#relay(request, response, this.mode);
    else if (this.mode === 'reset') request.socket.resetAndDestroy();
    else if (this.mode === 'garbage') request.socket.end('SSH-2.0-nothing\r\n');
    else if (this.mode !== 'hang') this.#refuse(request, response, Number(this.mode));
  }

  #relay(request, response, mode) {
    const { method, url, headers } = request;
    const call = ask({ port: this.simulatorPort, host: '127.0.0.1', agent: this.#agent, method, path: url, headers });
    call.on('error', () => request.socket.resetAndDestroy());
    call.on('response', (answer) => {
      response.writeHead(answer.statusCode, answer.headers);
      response.flushHeaders();
      this.#pass(answer, response, mode).catch(() => request.socket.destroy());
    });
    response.on('close', () => {
      this.underWay.delete(response);
      call.destroy();
    });
    request.pipe(call);
  }

  #refuse(request, response, status) {
    request.resume();
    const error = { message: `trouble at ${this.name}`, type: 'server_error', param: null, code: null };
    const isPage = status === 503;
    response.writeHead(status, {
      'content-type': isPage ? 'text/html' : 'application/json',
      ...(status === 429 && { 'retry-after': '1' }),
    });
    response.end(isPage ? '<h1>busy</h1>' : JSON.stringify({ error }));
  }

  async #pass(answer, response, mode) {
    let sent = 0;
    for await (const bytes of answer) {
      this.underWay.add(response);
      const step = mode === 'drip' ? DRIP_BYTES : bytes.length;
      for (let at = 0; at < bytes.length; at += step) {
        response.write(bytes.subarray(at, at + step));
        if (mode === 'drip') await sleep(DRIP_MS);
      }
      sent += bytes.length;
      if (mode === 'cut' && sent > CUT_BYTES) throw new Error('cut');
    }
    response.end();
  }
}
