/** Clients that leave while Redis is slow and several workers serve: afterwards nothing may be held for them. */
import { readdirSync, readFileSync } from 'node:fs';
import { request as ask } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { say, Tally } from './checks.mjs';
import { checkProcess, Redis, startProxy, whyNoRedis } from './processes.mjs';
import { Upstream } from './relay.mjs';
import { slowRedis } from './slow-redis.mjs';

const CLIENTS = 60;

/** Calls of Redis are given up after 50 ms: delays on both sides of that. */
const MAX_DELAY_MS = 70;

/** Clients leave at any moment of a request, most of them while Redis is asked. */
const MAX_STAY_MS = 120;

/** Time for the last responses, and for idle sockets to upstreams to close (4 s). */
const IDLE_MS = 8000;

/** Callers of whom each reservation is accounted for, one address each. */
const CALLERS = 20;
const VISITS = 30;

/** Tokens that each of their requests reserves. All of a caller use less, so that a single one that is not settled shows. */
const RESERVED_TOKENS = 4000;

/** Well below what makes the proxy give up Redis, which may then count what the proxy did not use. */
const ACCOUNTED_DELAY_MS = 2;

const PLENTY = '100000000';
const BODIES = {
  '/api/chat': (text) => ({ model: 'sim-chat', messages: [{ role: 'user', content: text }] }),
  '/v1/chat/completions': (text) => ({
    model: 'sim-chat',
    stream: true,
    messages: [{ role: 'user', content: text }],
  }),
  '/api/embed': (text) => ({ model: 'sim-embed', input: [text] }),
};

const CHAT = JSON.stringify(BODIES['/api/chat']('hi'));

/** Without Redis the primary keeps the limits: it is stopped for moments, so that workers wait for it. */
async function stopAtTimes(proxy, random, isRunning) {
  while (isRunning()) {
    proxy.kill('SIGSTOP');
    await sleep(random.between(20, 150));
    proxy.kill('SIGCONT');
    await sleep(random.between(20, 150));
  }
}

export async function abandoned(checks, random, { seconds, workers, 'slow-redis': isSlow }) {
  const noRedis = whyNoRedis();
  if (noRedis !== undefined) say(`skipped  slow Redis: ${noRedis}; the primary keeps the limits, and is slow`);
  const redis = noRedis === undefined && isSlow > 0 ? await Redis.start() : undefined;
  const relay = redis && (await slowRedis(redis, random.fork(), MAX_DELAY_MS));
  const upstream = await Upstream.start('one');
  const proxy = await startProxy({
    OPENAI_API_BASE_URL: upstream.url,
    WORKERS: String(workers),
    MAX_CONCURRENT_REQUESTS: '200',
    MAX_EVENT_LOOP_LAG: '0',
    TOTAL_TIMEOUT: '3600',
    CIRCUIT_BREAKER_ENABLED: 'false',
    TRUSTED_PROXIES: '127.0.0.1',
    RATE_LIMIT_REQUESTS: PLENTY,
    RATE_LIMIT_TOKENS_PER_MINUTE: PLENTY,
    ...(relay && { REDIS_URL: relay.url }),
  });
  const burst = () => Promise.all(Array.from({ length: 50 }, () => send(proxy, '/api/chat', CHAT)));
  await burst();
  await sleep(IDLE_MS);
  const before = filesOf(proxy.pid);
  const tally = new Tally();
  const end = performance.now() + seconds * 1000;
  const client = async (own) => {
    while (performance.now() < end) {
      tally.add(await visit(proxy, own));
      await sleep(own.between(0, 20));
    }
  };
  if (!redis) void stopAtTimes(proxy, random.fork(), () => performance.now() < end);
  await Promise.all(Array.from({ length: CLIENTS }, () => client(random.fork())));
  await sleep(IDLE_MS);
  tally.print('\nclients of an abandoned load');
  const metrics = await text(`${proxy.url}/metrics`);
  for (const name of ['llmproxy_upstream_running', 'llmproxy_queued_requests', 'llmproxy_inflight_streams'])
    checks.check(`${name} is zero when idle`, sum(metrics, name) === 0, String(sum(metrics, name)));
  checks.check('no call of an abandoned request runs on', upstream.underWay.size === 0, String(upstream.underWay.size));
  const after = filesOf(proxy.pid);
  checks.check('handles are given back', after <= before + 10, `${before} open files before, ${after} after`);
  const all = await burst();
  const failed = all.filter((status) => status !== 200).length;
  checks.check('every place can be taken again', failed === 0, `${failed} of ${all.length} failed`);
  if (relay) relay.maxDelayMs = ACCOUNTED_DELAY_MS;
  await checkReservations(checks, proxy, random.fork());
  if (redis) {
    const endless = await askRedis(redis.port, `EVAL "${COUNT_ENDLESS}" 0`);
    checks.check('every count in Redis ends with its window', endless === ':0', endless);
  }
  const errors = sum(metrics, 'llmproxy_ratelimit_errors_total');
  say(`  rate limit errors ${errors}, Redis errors ${sum(metrics, 'llmproxy_redis_errors_total')}`);
  checkProcess(checks, proxy);
  proxy.kill('SIGKILL');
  await upstream.down();
  relay?.close();
  await redis?.down();
}

/** Clients leave while each of their requests has reserved tokens: afterwards each caller is charged what it used. */
async function checkReservations(checks, proxy, random) {
  const before = sum(await text(`${proxy.url}/metrics`), 'llmproxy_redis_errors_total');
  const body = (tokens) =>
    JSON.stringify({
      model: 'sim-chat',
      messages: [{ role: 'user', content: `@sim ${JSON.stringify({ tokens: 3, tokenDelayMs: 5 })}` }],
      options: { num_predict: tokens },
    });
  const used = async (own, at) => {
    const headers = { 'x-forwarded-for': `10.0.0.${at + 1}` };
    for (let visit = 0; visit < VISITS; visit += 1)
      await send(proxy, '/api/chat', body(RESERVED_TOKENS), { stay: own.between(0, MAX_STAY_MS), headers });
    await sleep(IDLE_MS / 2);
    const response = await fetch(`${proxy.url}/api/chat`, { method: 'POST', headers, body: body(1) });
    await response.text();
    return Number(PLENTY) - Number(response.headers.get('x-ratelimit-remaining-tokens'));
  };
  const all = await Promise.all(Array.from({ length: CALLERS }, (_, at) => used(random.fork(), at)));
  // What Redis was too slow for, it may have counted.
  const missed = sum(await text(`${proxy.url}/metrics`), 'llmproxy_redis_errors_total') - before;
  const lost = all.reduce((sum, tokens) => sum + Math.floor(tokens / RESERVED_TOKENS), 0);
  const detail = `${lost} lost, ${Math.max(...all)} tokens at most of one caller, ${missed} calls of Redis given up`;
  checks.check('reservations are settled', lost <= missed, detail);
}

/** Keys without an expiry. */
const COUNT_ENDLESS =
  "local n = 0 for _, key in ipairs(redis.call('keys', '*')) do if redis.call('pttl', key) < 0 then n = n + 1 end end return n";

/** @returns the first line of the reply */
function askRedis(port, command) {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1').on('error', reject);
    socket.once('data', (bytes) => {
      resolve(bytes.toString().split('\r\n')[0]);
      socket.destroy();
    });
    socket.write(`${command}\r\n`);
  });
}

/** One request; three of four clients leave it. @returns what it was */
async function visit(proxy, random) {
  const stay = random.chance(0.75) ? random.between(0, MAX_STAY_MS) : undefined;
  const left = stay === undefined ? 'stayed' : 'left';
  if (random.chance(0.4)) {
    const length = random.pick([1000, 300_000]);
    const missing = stay === undefined ? 0 : 200_000;
    await send(proxy, '/v1/audio/transcriptions', Buffer.alloc(length), { stay, missing });
    return `upload, ${left}`;
  }
  const path = random.pick(Object.keys(BODIES));
  const script = `@sim ${JSON.stringify({ tokens: random.between(1, 20), tokenDelayMs: 5 })}`;
  await send(proxy, path, JSON.stringify(BODIES[path](script)), { stay });
  return `${path}, ${left}`;
}

/**
 * @param stay milliseconds after which the client leaves
 * @param missing bytes of the announced body that are never sent
 * @returns the status, 0 without one
 */
function send(proxy, path, body, { stay, missing = 0, headers: more = {} } = {}) {
  return new Promise((resolve) => {
    const length = Buffer.byteLength(body) + missing;
    const headers = { 'content-type': 'application/octet-stream', 'content-length': length, ...more };
    const call = ask(`${proxy.url}${path}`, { method: 'POST', agent: false, headers });
    const leave = stay === undefined ? undefined : setTimeout(() => call.destroy(), stay);
    const done = (status) => {
      clearTimeout(leave);
      resolve(status);
    };
    call.on('error', () => done(0));
    call.on('response', (response) => {
      response.resume();
      response.on('error', () => undefined).on('close', () => done(response.statusCode));
    });
    call.write(body);
    if (missing === 0) call.end();
  });
}

async function text(url) {
  return (await fetch(url)).text();
}

/** The sum of a metric over its series. */
function sum(metrics, name) {
  const lines = metrics.split('\n').filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`));
  return lines.reduce((total, line) => total + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}

/** Open files of a process and its workers. */
function filesOf(pid) {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean);
  return [pid, ...children].reduce((total, each) => total + readdirSync(`/proc/${each}/fd`).length, 0);
}
