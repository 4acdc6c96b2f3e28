import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { checkKey } from './authorization.js';
import type { Simulation } from './simulation.js';
import { dialects } from './dialects/dialects.js';
import { errorReply } from './http/error-reply.js';
import { CallerLeft, Exchange } from './http/exchange.js';
import { readBody } from './http/read-body.js';
import { badRequest, Refusal } from './http/refusal.js';
import { sendReply } from './http/reply.js';
import { DEFAULT_MODELS } from './models/models.js';
import { RequestLog } from './request-log.js';
import type { RecordedRequest } from './request-log.js';
import { route } from './router.js';
import type { Routed } from './router.js';
import type { Script } from './scripts/script.js';
import type { SimulatorOptions } from './simulator-options.js';

export type { DialectName } from './dialects/dialect.js';
export type { Script } from './scripts/script.js';
export type { SimulatedApi, SimulatorOptions } from './simulator-options.js';
export { DECISION_MODELS, DEFAULT_MODELS, RESPONSES_MODELS } from './models/models.js';

/** An OpenAI-compatible upstream that makes up its answers. */
export interface Simulator {
  /** Starts on a port, 0 for any free one, and gives the base URL. */
  listen: (port?: number, host?: string) => Promise<string>;
  /** Destroys all connections and stops listening. */
  close: () => Promise<void>;
  /** Base URL including /v1; empty before it listens. */
  readonly url: string;
  /** The newest requests, oldest first. */
  readonly requests: RecordedRequest[];
  /** Lets the next request that is not a GET follow this script. */
  next: (script: Script) => void;
  openSockets: () => number;
  /** Forgets recorded requests and queued scripts. */
  reset: () => void;
}

export function createSimulator(options: SimulatorOptions = {}): Simulator {
  const log = new RequestLog(options.maxRequests ?? 1000);
  const scripts: Script[] = [];
  const sockets = new Set<Socket>();
  const simulation = createSimulation(options);
  const server = createServer((request, response) => {
    const script = request.method === 'GET' ? {} : scripts.shift();
    const record = log.add(request.method ?? '', request.url ?? '', request.headers);
    void handle(new Exchange(request, response, record), { script, scriptFor: options.scriptFor }, simulation);
  });
  configure(server, sockets);
  let url = '';

  return {
    async listen(port = 0, host = '127.0.0.1') {
      url = `http://${urlHost(host)}:${await startListening(server, port, host)}/v1`;
      return url;
    },
    close: () => stop(server, sockets),
    get url() {
      return url;
    },
    requests: log.entries,
    next: (script) => void scripts.push(script),
    openSockets: () => sockets.size,
    reset() {
      log.clear();
      scripts.length = 0;
    },
  };
}

function createSimulation(options: SimulatorOptions): Simulation {
  let ids = 0;
  return {
    dialect: dialects[options.dialect ?? 'lenient'],
    seed: options.seed ?? 1,
    tokenDelayMs: options.tokenDelayMs ?? 0,
    language: options.language ?? 'mixed',
    models: options.models ?? DEFAULT_MODELS,
    catalogue: options.catalogue ?? 'rich',
    apiKey: options.apiKey,
    apis: options.apis ?? ['chat'],
    hasFunctionsOnly: options.hasFunctionsOnly ?? false,
    nextId: (prefix) => `${prefix}${(++ids).toString().padStart(12, '0')}`,
  };
}

function configure(server: Server, sockets: Set<Socket>): void {
  server.keepAliveTimeout = 60_000;
  server.requestTimeout = 0;
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
}

function startListening(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      const address = server.address();
      resolve(typeof address === 'object' && address ? address.port : port);
    });
  });
}

function urlHost(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

async function stop(server: Server, sockets: Set<Socket>): Promise<void> {
  const closed = [...sockets].map((socket) => once(socket, 'close'));
  const stopped = new Promise<void>((resolve) => void server.close(() => resolve()));
  for (const socket of sockets) socket.destroy();
  await Promise.all([...closed, stopped]);
}

/** Where the script of a request comes from. */
interface ScriptSource {
  readonly script: Script | undefined;
  readonly scriptFor: SimulatorOptions['scriptFor'];
}

async function handle(exchange: Exchange, source: ScriptSource, simulation: Simulation): Promise<void> {
  try {
    const routed = await answer(exchange, source, simulation);
    await sendReply(exchange, routed.reply, routed.script);
  } catch (error) {
    if (!(error instanceof CallerLeft)) throw error;
  }
}

async function answer({ request, record }: Exchange, source: ScriptSource, simulation: Simulation): Promise<Routed> {
  let script = source.script ?? {};
  try {
    const text = await readBody(request);
    record.body = parse(text);
    script = source.script ?? source.scriptFor?.(record.body) ?? {};
    checkKey(request.headers.authorization, simulation.apiKey);
    const path = (request.url ?? '').split('?', 1)[0] ?? '';
    return route({ method: request.method ?? '', path, body: record.body, script }, simulation);
  } catch (error) {
    if (error instanceof CallerLeft) throw error;
    return { reply: errorReply(toRefusal(error), simulation.dialect), script };
  }
}

function toRefusal(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  // What is nested without end, or a number beyond all bounds.
  if (error instanceof RangeError) return badRequest('The request is too deep, or asks for too much.');
  return new Refusal(500, `The simulator failed: ${String(error)}`);
}

function parse(text: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
