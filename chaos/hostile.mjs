/** `npm run hostile -- [--requests N] [--seed S]`: whatever comes in at the door of every route is answered in its API's shape. */
import { Agent, request as ask } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../bench/processes.mjs';
import { Checks, quantile, readArguments, say, Tally } from './checks.mjs';
import { hostileBody } from './hostile-bodies.mjs';
import { holdOpen, hostileWire, sendBytes } from './hostile-wire.mjs';
import { isErrorOf } from './judge.mjs';
import { Probe } from './probe.mjs';
import { checkProcess, measure, startProxy, startSimulator } from './processes.mjs';
import { Random } from './random.mjs';

const WORKERS = 24;

/** A request that takes longer is a hang. */
const LONGEST_MS = 10_000;

/** Sockets that dawdle all the while. */
const DAWDLERS = 100;

/** The part of the requests after which memory is looked at first: by then all code has been compiled. */
const WARM_SHARE = 0.3;

/** What is allocated by chance between two looks, in MB; what leaks 100 bytes a request leaks less, but not in a day. */
const MOST_HEAP_MB = 5;
const MOST_RSS_MB = 80;

const POSTS = [
  '/api/chat',
  '/api/generate',
  '/api/embed',
  '/api/embeddings',
  '/v1/chat/completions',
  '/v1/completions',
  '/v1/embeddings',
  '/v1/responses',
  '/v1/messages',
  '/api/show',
  '/api/pull',
  '/api/push',
  '/api/create',
  '/api/copy',
  `/api/blobs/sha256:${'0'.repeat(64)}`,
  '/api/blobs/%E0%A4%A',
  '/api/me',
  '/api/signout',
  '/api/experimental/web_search',
  '/api/experimental/web_fetch',
  '/v1/audio/speech',
  '/v1/files',
  '/v1/moderations',
];
const OTHERS = [
  '/',
  '/api/tags',
  '/api/ps',
  '/api/version',
  '/api/status',
  '/api/delete',
  '/api/user/keys/x',
  '/api/nothing',
  '/v1/models',
  '/v1/models/sim-chat',
  '/v1/files/x',
  '/v1/version',
  '/v1/metrics',
  '/v1/metrics/summary',
  '/metrics',
  '/health',
  '/ready',
  '/readyz',
  '/livez',
  '/docs',
  '/docs/init.js',
  '/redoc',
  '/openapi.json',
  '/openapi.yaml',
  '/ui/page.js',
  '/ui/links.json',
];
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];
const CONTENT_TYPES = [
  'application/json',
  'text/plain',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  '',
];

/** Failures of the server that are meant: odd statuses of Ollama, what cannot be done here. */
const MEANT = {
  500: /^option ".*" must be of type|^invalid format: |^pull model manifest: /s,
  501: /not supported by this server|does not offer/,
  502: /^You are not allowed to generate embeddings from this model$/,
  503: /^account unavailable$/,
};

const options = readArguments({ requests: 20_000, seed: 1 });
say(`seed ${options.seed}, ${options.requests} requests`);
const random = new Random(options.seed);
const checks = new Checks();
const statuses = new Tally();
const wrong = new Tally();
const times = [];

const simulatorPort = await freePort();
const inspectorPort = await freePort();
const simulator = await startSimulator(simulatorPort, { SIMULATOR_TOKEN_DELAY_MS: '0' });
const proxy = await startProxy(
  {
    OPENAI_API_BASE_URL: `http://127.0.0.1:${simulatorPort}/v1`,
    CIRCUIT_BREAKER_ENABLED: 'false',
    REQUEST_MAX_SIZE: '1000000',
    UPLOAD_MAX_SIZE: '1000000',
    // A busy machine is another matter.
    MAX_EVENT_LOOP_LAG: '0',
  },
  [`--inspect=127.0.0.1:${inspectorPort}`],
);
const inside = await Probe.connect(inspectorPort);
const agent = new Agent({ keepAlive: true, maxSockets: WORKERS });
const letGo = holdOpen(proxy.port, DAWDLERS);

let sent = 0;
const warmUp = Math.floor(options.requests * WARM_SHARE);
await work(warmUp);
const warm = await look();
await work(options.requests);
letGo();
agent.destroy();
await sleep(6000);
const end = await look();

statuses.print('\nanswers by status');
wrong.print('what must not be');
say(
  `answers take: p50 ${quantile(times, 0.5).toFixed(1)} ms, p99 ${quantile(times, 0.99).toFixed(1)} ms, slowest ${Math.max(...times).toFixed(0)} ms`,
);
for (const kind of ['no answer', 'error of the server', 'another shape'])
  checks.check(`never: ${kind}`, wrong.of(kind) === 0, String(wrong.of(kind)));
checks.check('the heap does not grow', end.heapMb <= warm.heapMb + MOST_HEAP_MB, toText('heapMb', warm, end, ' MB'));
checks.check('memory does not grow', end.rss <= warm.rss + MOST_RSS_MB, toText('rss', warm, end, ' MB'));
checks.check('sockets are given back', end.files <= warm.files, toText('files', warm, end, ' open files'));
checks.check('prototypes are clean', (await inside.evaluate('Object.keys(Object.prototype).length')) === 0);
const chat = { model: 'sim-chat', messages: [{ role: 'user', content: 'hi' }], stream: false };
const last = await send('POST', '/api/chat', Buffer.from(JSON.stringify(chat)), {});
checks.check('an honest question is answered', last.status === 200, `status ${last.status}`);
checkProcess(checks, proxy);
inside.close();
proxy.kill('SIGKILL');
simulator.kill('SIGKILL');
checks.finish();

async function work(until) {
  const worker = async (own) => {
    while (sent < until) {
      sent += 1;
      const begun = performance.now();
      await (own.chance(0.25) ? wire(own) : route(own));
      times.push(performance.now() - begun);
    }
  };
  await Promise.all(Array.from({ length: WORKERS }, () => worker(random.fork())));
}

async function look() {
  const heapMb = await inside.heapMb();
  return { heapMb, ...measure(proxy.pid) };
}

function toText(name, warm, end, unit) {
  return `${warm[name].toFixed(0)}, then ${end[name].toFixed(0)}${unit}`;
}

/** A request that is right HTTP. */
async function route(own) {
  const isPost = own.chance(0.8);
  const method = isPost ? 'POST' : own.pick(METHODS);
  const path = isPost ? own.pick([...POSTS.slice(0, 9), ...POSTS]) : own.pick([...POSTS, ...OTHERS]);
  const body = method === 'GET' || method === 'HEAD' ? undefined : hostileBody(own);
  const type = own.pick(CONTENT_TYPES);
  const length = body === undefined ? {} : { 'content-length': body.length };
  const seen = await send(method, path, body, { ...length, ...(type !== '' && { 'content-type': type }) });
  const shown = `${method} ${path} ${body === undefined ? '' : body.toString().slice(0, 200)}`;
  judge(shown, path, method, seen);
}

/** A request that is not. */
async function wire(own) {
  const attack = hostileWire(own);
  const seen = await sendBytes(proxy.port, attack);
  const shown = `${attack.name}: ${JSON.stringify(attack.text.toString('latin1').slice(0, 200))}`;
  if (seen.status === 0) {
    if (attack.isWhole) complain('no answer', shown, seen);
    return;
  }
  judge(shown, undefined, '', seen);
}

/** @param path undefined where the request may not have come as far as an API: then either shape will do */
function judge(shown, path, method, seen) {
  const { status, type, text } = seen;
  statuses.add(String(status));
  if (status === 0) complain('no answer', shown, seen);
  else if (status >= 500 && !MEANT[status]?.test(messageOf(text))) complain('error of the server', shown, seen);
  else if (method !== 'HEAD' && text !== '' && !isShaped(path, status, type, text))
    complain('another shape', shown, seen);
}

function isShaped(path, status, type, text) {
  try {
    if (type.startsWith('text/plain') && (status === 404 || status === 405)) return /^40[45] /.test(text);
    if (status >= 400) {
      const body = JSON.parse(text);
      if (!path) return isErrorOf(false, body) || isErrorOf(true, body);
      if (/^\/v1\/messages(\/|$)/.test(path)) return body.type === 'error' && isErrorOf(true, { error: body.error });
      return isErrorOf(path.startsWith('/v1/'), body);
    }
    if (!/json/.test(type)) return true;
    const lines = /ndjson/.test(type) ? text.trimEnd().split('\n') : [text];
    const objects = lines.map((line) => JSON.parse(line));
    return !/^\/api\/(chat|generate)$/.test(path ?? '') || objects.at(-1).done === true || 'error' in objects.at(-1);
  } catch {
    return false;
  }
}

function messageOf(text) {
  try {
    const { error } = JSON.parse(text);
    return typeof error === 'string' ? error : error.message;
  } catch {
    return text;
  }
}

function complain(kind, shown, { status, type, text }) {
  wrong.add(kind);
  if (wrong.of(kind) <= 8) say(`  ${kind}: ${shown}\n    ${status} ${type} ${text.slice(0, 200)}`);
}

function send(method, path, body, headers) {
  return new Promise((resolve) => {
    let status = 0;
    let type = '';
    let text = '';
    const call = ask(`${proxy.url}${path}`, { method, agent, headers, timeout: LONGEST_MS });
    call.on('timeout', () => call.destroy());
    call.on('error', (error) => resolve({ status: 0, type: '', text: error.message }));
    call.on('response', (response) => {
      status = response.statusCode;
      type = response.headers['content-type'] ?? '';
      response.setEncoding('utf8').on('data', (piece) => (text += piece));
      response.on('error', () => undefined);
      response.on('close', () => resolve(response.complete ? { status, type, text } : { status: 0, type, text }));
    });
    call.end(body);
  });
}
