/** `npm run hostile -- [--requests N] [--seed S]`: every route answers malformed requests in the form of its API. */
import { Agent, request as ask } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../bench/processes.mjs';
import { Checks, quantile, readArguments, say, Tally } from './checks.mjs';
import { hostileBody } from './hostile-bodies.mjs';
import { Locked } from './hostile-locked.mjs';
import { namesForbidden } from './hostile-models.mjs';
import { holdOpen, hostileWire, sendBytes } from './hostile-wire.mjs';
import { isErrorOf } from './judge.mjs';
import { Probe } from './probe.mjs';
import { checkProcess, measure, startProxy } from './processes.mjs';
import { Random } from './random.mjs';
import { Upstream } from './relay.mjs';

const WORKERS = 24;

/** A request that takes longer is a hang. */
const LONGEST_MS = 10_000;

/** Sockets that send a byte a second all the while. Three of eight are uploads: more than there are places. */
const DAWDLERS = 200;
const PLACES = 64;

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
/** Methods that no route has. */
const ODD_METHODS = ['TRACE', 'PROPFIND', 'MKCOL', 'PURGE', 'QUERY', 'SEARCH', 'LINK', 'REPORT', 'M-SEARCH', 'SOURCE'];

/** What an upstream may get; the lists are the proxy's own requests. */
const UPSTREAM_METHODS = ['GET', 'POST', 'DELETE'];
const LISTS = /^\/(v1\/)?(models|model\/info|props)/;
const CONTENT_TYPES = [
  'application/json',
  'text/plain',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  '',
];

/** Failures of the server that are meant: odd statuses of Ollama, what cannot be done here. */
const MEANT = {
  500: /^option ".*" must be of (?:type|an array)|^invalid format: |^pull model manifest: /s,
  501: /not supported by this server|does not offer/,
  502: /^You are not allowed to generate embeddings from this model$/,
  503: /^account unavailable$/,
};

const WRONG = [
  'no answer',
  'error of the server',
  'another shape',
  'a method that no route has is accepted',
  'another method reaches the upstream',
  'a model that the key may not use',
  'a count that is none',
];

const options = readArguments({ requests: 20_000, seed: 1 });
say(`seed ${options.seed}, ${options.requests} requests`);
const random = new Random(options.seed);
const checks = new Checks();
const statuses = new Tally();
const wrong = new Tally();
const times = [];

const inspectorPort = await freePort();
const upstream = await Upstream.start('one', { SIMULATOR_TOKEN_DELAY_MS: '0' });
/** What reached the upstream, by kind of request. */
const reached = new Tally();
upstream.observe = observe;
const locked = await Locked.start(upstream, random.fork());
const proxy = await startProxy(
  {
    OPENAI_API_BASE_URL: upstream.url,
    MAX_CONCURRENT_REQUESTS: String(PLACES),
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
reached.print('requests that reached the upstream');
wrong.print('what must not be');
say(
  `answers take: p50 ${quantile(times, 0.5).toFixed(1)} ms, p99 ${quantile(times, 0.99).toFixed(1)} ms, slowest ${Math.max(...times).toFixed(0)} ms`,
);
for (const kind of WRONG) checks.check(`never: ${kind}`, wrong.of(kind) === 0, String(wrong.of(kind)));
checks.check('requests of a key for certain models reach the upstream', reached.of('models') > 0);
checks.check('requests for odd usage reach the upstream', reached.of('usage') > 0);
checks.check('the heap does not grow', end.heapMb <= warm.heapMb + MOST_HEAP_MB, toText('heapMb', warm, end, ' MB'));
checks.check('memory does not grow', end.rss <= warm.rss + MOST_RSS_MB, toText('rss', warm, end, ' MB'));
checks.check('sockets are given back', end.files <= warm.files, toText('files', warm, end, ' open files'));
checks.check('prototypes are clean', (await inside.evaluate('Object.keys(Object.prototype).length')) === 0);
const chat = { model: 'sim-chat', messages: [{ role: 'user', content: 'hi' }], stream: false };
const last = await send({ target: proxy, method: 'POST', path: '/api/chat', body: Buffer.from(JSON.stringify(chat)) });
checks.check('an honest question is answered', last.status === 200, `status ${last.status}`);
checkProcess(checks, proxy);
await locked.finish(checks);
inside.close();
proxy.kill('SIGKILL');
await upstream.down();
checks.finish();

async function work(until) {
  const worker = async (own) => {
    while (sent < until) {
      sent += 1;
      const begun = performance.now();
      await attackOf(own)(own);
      times.push(performance.now() - begun);
    }
  };
  await Promise.all(Array.from({ length: WORKERS }, () => worker(random.fork())));
}

function attackOf(own) {
  const kind = own.next();
  if (kind < 0.22) return wire;
  if (kind < 0.3) return models;
  if (kind < 0.37) return oddUsage;
  if (kind < 0.42) return leaving;
  if (kind < 0.5) return oddMethod;
  return route;
}

/** Looks at what reaches the upstream: the id that the proxy passes on names the kind of request and its method. */
function observe(request) {
  const [kind, method] = (request.headers['x-request-id'] ?? '').split('.');
  reached.add(method === undefined ? 'others' : kind);
  const isOwn = request.method === 'GET' && LISTS.test(request.url);
  const isSame = method === undefined || method === request.method;
  if (!isOwn && (!isSame || !UPSTREAM_METHODS.includes(request.method)))
    complain('another method reaches the upstream', `${method} became ${request.method} ${request.url}`);
  if (kind !== 'models') return;
  const pieces = [];
  request.on('data', (piece) => pieces.push(piece));
  request.on('end', () => {
    const body = Buffer.concat(pieces);
    if (namesForbidden(body)) complain('a model that the key may not use', body.toString().slice(0, 400));
  });
}

/** A model that the key may not use. */
async function models(own) {
  const request = locked.modelsRequest(own);
  const seen = await send({ ...request, kind: 'models' });
  judge(`models ${request.path} ${request.body.toString().slice(0, 300)}`, request.path, 'POST', seen);
}

async function oddUsage(own) {
  const request = locked.usageRequest(own);
  const seen = await send({ ...request, kind: 'usage' });
  const shown = `usage ${request.path} ${request.body}`;
  judge(shown, request.path, 'POST', seen);
  if (request.isOdd(seen))
    complain('a count that is none', shown, { ...seen, text: JSON.stringify(seen.headers) + seen.text });
}

async function leaving(own) {
  await send({ ...locked.leavingRequest(own), kind: 'leaving' });
}

/** HEAD and methods that no route has. */
async function oddMethod(own) {
  const method = own.pick(['HEAD', 'HEAD', 'OPTIONS', 'PUT', 'PATCH', ...ODD_METHODS]);
  const path = own.pick([...POSTS, ...OTHERS]);
  const seen = await send({ target: proxy, method, path, kind: 'method' });
  const shown = `${method} ${path}`;
  judge(shown, path, method, seen);
  if (!['HEAD', 'OPTIONS'].includes(method) && seen.status > 0 && seen.status < 400)
    complain('a method that no route has is accepted', shown, seen);
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
  const headers = { ...length, ...(type !== '' && { 'content-type': type }) };
  const seen = await send({ target: proxy, method, path, body, headers, kind: 'route' });
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

function complain(kind, shown, { status = '', type = '', text = '' } = {}) {
  wrong.add(kind);
  if (wrong.of(kind) <= 8) say(`  ${kind}: ${shown}\n    ${status} ${type} ${text.slice(0, 200)}`);
}

/** @param leaveMs milliseconds after which the client leaves, if it does */
function send({ target, method, path, body, headers = {}, kind = 'other', leaveMs }) {
  return new Promise((resolve) => {
    const seen = { status: 0, type: '', headers: {}, text: '' };
    const all = { ...headers, 'x-request-id': `${kind}.${method}.${sent}` };
    const call = ask(`${target.url}${path}`, { method, agent, headers: all, timeout: LONGEST_MS });
    const leave = leaveMs === undefined ? undefined : setTimeout(() => call.destroy(), leaveMs);
    const done = (more) => {
      clearTimeout(leave);
      resolve({ ...seen, ...more });
    };
    call.on('timeout', () => call.destroy());
    call.on('error', (error) => done({ status: 0, text: error.message }));
    call.on('response', (response) => {
      seen.status = response.statusCode;
      seen.type = response.headers['content-type'] ?? '';
      seen.headers = response.headers;
      response.setEncoding('utf8').on('data', (piece) => (seen.text += piece));
      response.on('error', () => undefined);
      response.on('close', () => done(response.complete ? {} : { status: 0 }));
    });
    call.end(body);
  });
}
