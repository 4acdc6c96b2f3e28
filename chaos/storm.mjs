/** Everything goes wrong at once, and still every request ends in a whole answer or in one error, and never in that of another request. */
import { Agent, get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { quantile, say, Tally } from './checks.mjs';
import { Load, send } from './clients.mjs';
import { makeTrouble } from './faults.mjs';
import { checkProcess, measure, Redis, startProxy, whyNoRedis } from './processes.mjs';
import { Upstream } from './relay.mjs';
import { KINDS, makeRequest } from './requests.mjs';

/** TOTAL_TIMEOUT of the proxy below is 12 s; the rest is for a machine that is busy. What hangs, hangs longer. */
const REQUEST_LIMIT_MS = 60_000;
const LIVEZ_LIMIT_MS = 30_000;

/** A circuit is open for two minutes at most; probes detect a return earlier. */
const RECOVERY_LIMIT_MS = 125_000;
const RECOVERY_REQUESTS = 90;

/** Idle sockets to upstreams live for 4 s. */
const IDLE_MS = 6000;

/** Generous: the limits are here to be counted, not to refuse. */
const PLENTY = '100000000';
const KEYS = Array.from({ length: 10 }, (_, at) => `chaos-key-of-client-${at}`);

/** Of each kind that must not be. */
const MAX_REPORTED = 5;

/** What must not come of a request. */
const NEVER = { hang: 'no request hangs', wrong: 'no answer is wrong or mixed up', lost: 'no request is left without' };

export async function storm(checks, random, { seconds, clients }) {
  const upstreams = await Promise.all(['one', 'two'].map((name) => Upstream.start(name)));
  const noRedis = whyNoRedis();
  const redis = noRedis === undefined ? await Redis.start() : undefined;
  if (noRedis !== undefined) say(`skipped  faults of Redis: ${noRedis}`);
  const proxy = await startProxy({
    UPSTREAMS: JSON.stringify(upstreams.map(({ name, url }) => ({ name, base_url: url }))),
    REQUEST_TIMEOUT: '3',
    STREAM_IDLE_TIMEOUT: '2',
    CONNECT_TIMEOUT: '1',
    TOTAL_TIMEOUT: '12',
    MAX_CONCURRENT_REQUESTS: '80',
    MAX_QUEUED_REQUESTS: '60',
    QUEUE_TIMEOUT: '3',
    HEALTH_PROBE_INTERVAL: '2',
    PROXY_API_KEYS: KEYS.map((key, at) => `client${at}:${key}`).join(','),
    RATE_LIMIT_REQUESTS: PLENTY,
    RATE_LIMIT_TOKENS_PER_MINUTE: PLENTY,
    ...(redis && { REDIS_URL: redis.url }),
  });
  await sleep(500);
  const before = measure(proxy.pid);
  const results = new Results(proxy);
  const options = { clients, limitMs: REQUEST_LIMIT_MS, keys: KEYS, pauseMs: 300 };
  const load = new Load(proxy, random.fork(), (request, result) => results.add(request, result), options);
  const end = performance.now() + seconds * 1000;
  const until = () => performance.now() > end;
  const faults = new Tally();
  const probes = probe(proxy, until);
  const names = await makeTrouble(random.fork(), { upstreams, redis, tally: faults, until });
  await load.stop();
  const livez = await probes;
  const recovered = await recover(proxy, random);
  await sleep(IDLE_MS);

  results.print();
  faults.print('faults');
  for (const [kind, claim] of Object.entries(NEVER))
    checks.check(claim, results.outcomes.of(kind) === 0, String(results.outcomes.of(kind)));
  const unseen = KINDS.filter((kind) => results.complete.of(kind) === 0);
  checks.check('whole answers of every kind', unseen.length === 0, unseen.join(', '));
  const { outcomes } = results;
  checks.check('errors are seen too', outcomes.of('error') > 0 && outcomes.of('error in the stream') > 0);
  const missing = names.filter((name) => faults.of(name) === 0);
  checks.check('faults of every kind', missing.length === 0 || seconds < 30, missing.join(', '));
  checks.check(
    '/livez always answers',
    livez.failed === 0,
    `${livez.failed} of ${livez.asked} failed, slowest ${livez.slowestMs.toFixed(0)} ms`,
  );
  checks.check(
    'all is well when the faults are over',
    recovered.failed === 0,
    `first whole answer after ${(recovered.ms / 1000).toFixed(1)} s, then ${recovered.failed} of ${RECOVERY_REQUESTS} failed`,
  );
  checkProcess(checks, proxy);
  if (proxy.exitCode === null) {
    const after = measure(proxy.pid);
    say(`  memory: ${before.rss.toFixed(0)} MB before, ${after.rss.toFixed(0)} MB after`);
    const files = `${before.files} open files before, ${after.files} after`;
    checks.check('sockets are given back', after.files <= before.files + 10, files);
  }
  proxy.kill('SIGKILL');
  for (const upstream of upstreams) await upstream.down();
  if (redis) await redis.down();
}

/** What came of all requests. */
class Results {
  outcomes = new Tally();
  complete = new Tally();
  statuses = new Tally();
  times = [];

  constructor(proxy) {
    this.proxy = proxy;
  }

  add(request, { kind, detail, ms }) {
    this.outcomes.add(kind);
    if (kind === 'complete') this.times.push(ms);
    if (kind === 'complete') this.complete.add(request.kind);
    if (kind === 'error') this.statuses.add(detail);
    if (Object.hasOwn(NEVER, kind) && this.outcomes.of(kind) <= MAX_REPORTED) this.report(request, kind, detail);
  }

  report({ kind, nonce, body }, outcome, detail) {
    say(`  ${outcome}: ${kind} ${nonce}: ${detail}; asked ${JSON.stringify(body).slice(0, 300)}`);
    for (const line of this.proxy.out.split('\n')) if (line.includes(`"${nonce}"`)) say(`    ${line}`);
  }

  print() {
    this.outcomes.print('\nrequests by what came of them');
    this.complete.print('whole answers by kind');
    this.statuses.print('errors before the first byte by status');
    const [p50, p99] = [0.5, 0.99].map((share) => quantile(this.times, share).toFixed(0));
    say(`whole answers take: p50 ${p50} ms, p99 ${p99} ms`);
  }
}

/** Asks four times a second whether the process lives. */
async function probe(proxy, until) {
  const seen = { asked: 0, failed: 0, slowestMs: 0 };
  while (!until()) {
    const begun = performance.now();
    const isWell = await new Promise((resolve) => {
      const call = get(`${proxy.url}/livez`, { agent: false, timeout: LIVEZ_LIMIT_MS }, (response) => {
        response.resume();
        resolve(response.statusCode === 200);
      });
      call.on('error', () => resolve(false)).on('timeout', () => call.destroy());
    });
    seen.asked += 1;
    if (!isWell) seen.failed += 1;
    seen.slowestMs = Math.max(seen.slowestMs, performance.now() - begun);
    await sleep(250);
  }
  return seen;
}

/** Asks until the first whole answer, then many things at once. */
async function recover(proxy, random) {
  const agent = new Agent({ keepAlive: true });
  const begun = performance.now();
  const once = (at) => {
    const request = makeRequest(random, `r${at}`, KINDS[at % KINDS.length], { faulty: false, leaving: false });
    return send(proxy, request, { agent, limitMs: REQUEST_LIMIT_MS, key: KEYS[0] });
  };
  while (performance.now() - begun < RECOVERY_LIMIT_MS && (await once(0)).kind !== 'complete') await sleep(250);
  const ms = performance.now() - begun;
  const results = await Promise.all(Array.from({ length: RECOVERY_REQUESTS }, (_, at) => once(at)));
  agent.destroy();
  const failed = results.filter(({ kind }) => kind !== 'complete');
  for (const { kind, detail } of failed.slice(0, 3)) say(`  after the faults: ${kind} ${detail}`);
  return { ms, failed: failed.length };
}
