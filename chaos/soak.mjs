/** `npm run soak -- [--minutes N] [--seed S] [--clients N]`: under a steady mixed load nothing grows. */
import { setTimeout as sleep } from 'node:timers/promises';
import { cpuNs } from '../bench/proc.mjs';
import { freePort } from '../bench/processes.mjs';
import { Checks, readArguments, say, Tally } from './checks.mjs';
import { Load } from './clients.mjs';
import { Probe } from './probe.mjs';
import { checkProcess, measure, Redis, startProxy, whyNoRedis } from './processes.mjs';
import { Random } from './random.mjs';
import { Upstream } from './relay.mjs';

const SAMPLE_MS = 10_000;

/** Not counted: code is compiled, pools and caches fill. In a run of less than ten minutes it is a third. */
const WARM_UP_MINUTES = 3;

/** What is claimed of a steady process. */
const MOST_MB_A_MINUTE = 1;

/** Sockets and timers come and go with the load: how far the last third may lie above the first one. */
const MOST_MORE = 10;

const options = readArguments({ minutes: 15, seed: 1, clients: 30 });
say(`seed ${options.seed}, ${options.minutes} minutes, ${options.clients} clients`);
const checks = new Checks();
const random = new Random(options.seed);
const upstreams = [await Upstream.start('one'), await Upstream.start('two')];
const noRedis = whyNoRedis();
const redis = noRedis === undefined ? await Redis.start() : undefined;
if (noRedis !== undefined) say(`skipped  limits in Redis: ${noRedis}`);
const inspectorPort = await freePort();
const proxy = await startProxy(
  {
    UPSTREAMS: JSON.stringify(upstreams.map(({ name, url }) => ({ name, base_url: url }))),
    REQUEST_TIMEOUT: '3',
    STREAM_IDLE_TIMEOUT: '2',
    RATE_LIMIT_REQUESTS: '100000000',
    RATE_LIMIT_TOKENS_PER_MINUTE: '100000000',
    HEALTH_PROBE_INTERVAL: '5',
    ...(redis && { REDIS_URL: redis.url }),
  },
  [`--inspect=127.0.0.1:${inspectorPort}`],
);
const inside = await Probe.connect(inspectorPort);
const outcomes = new Tally();
const load = new Load(
  proxy,
  random,
  (request, { kind, detail }) => {
    outcomes.add(kind);
    if (kind === 'wrong' || kind === 'hang' || kind === 'lost') say(`  ${kind}: ${request.kind} ${detail}`);
  },
  { clients: options.clients, limitMs: 60_000, pauseMs: 40 },
);

const begun = performance.now();
const samples = [];
let cpu = cpuNs([proxy.pid]);
while (performance.now() - begun < options.minutes * 60_000) {
  await sleep(SAMPLE_MS);
  const now = cpuNs([proxy.pid]);
  const resources = await inside.resources();
  const sample = {
    minutes: (performance.now() - begun) / 60_000,
    ...measure(proxy.pid),
    timers: resources.Timeout ?? 0,
    handles: Object.values(resources).reduce((sum, count) => sum + count, 0) - (resources.Timeout ?? 0),
    cores: (now - cpu) / (SAMPLE_MS * 1e6),
  };
  cpu = now;
  samples.push(sample);
  if (samples.length % 6 === 0) say(`  ${toText(sample)}`);
}
await load.stop();

const warm = Math.min(WARM_UP_MINUTES, options.minutes / 3);
const counted = samples.filter(({ minutes }) => minutes > warm);
const slope = slopeOf(counted.map(({ minutes, rss }) => [minutes, rss]));
outcomes.print('\nrequests by what came of them');
say(`the proxy used ${(100 * mean(counted, 'cores')).toFixed(0)} % of a core`);
checks.check(
  `memory grows by ${MOST_MB_A_MINUTE} MB a minute at most`,
  slope <= MOST_MB_A_MINUTE,
  `${slope.toFixed(2)} MB a minute over ${counted.length} samples, ${counted.at(0)?.rss.toFixed(0)} to ${counted.at(-1)?.rss.toFixed(0)} MB`,
);
const third = Math.ceil(counted.length / 3);
for (const name of ['files', 'handles', 'timers']) {
  const [early, late] = [mean(counted.slice(0, third), name), mean(counted.slice(-third), name)];
  checks.check(`no more ${name}`, late <= early + MOST_MORE, `${early.toFixed(1)}, then ${late.toFixed(1)}`);
}
for (const kind of ['wrong', 'hang', 'lost'])
  checks.check(`no request: ${kind}`, outcomes.of(kind) === 0, String(outcomes.of(kind)));
checkProcess(checks, proxy);
inside.close();
proxy.kill('SIGKILL');
for (const upstream of upstreams) await upstream.down();
if (redis) await redis.down();
checks.finish();

function toText({ minutes, rss, files, timers, handles, cores }) {
  return `${minutes.toFixed(1)} min: ${rss.toFixed(0)} MB, ${files} open files, ${handles} handles, ${timers} timers, ${(100 * cores).toFixed(0)} % of a core`;
}

function mean(list, name) {
  return list.reduce((sum, each) => sum + each[name], 0) / list.length;
}

/** Of the line that lies nearest to the points, by least squares. */
function slopeOf(points) {
  const [x, y] = [0, 1].map((at) => points.reduce((sum, point) => sum + point[at], 0) / points.length);
  const covariance = points.reduce((sum, point) => sum + (point[0] - x) * (point[1] - y), 0);
  return covariance / points.reduce((sum, point) => sum + (point[0] - x) ** 2, 0);
}
