/** Cold start and idle memory: process start to the first 200 on /api/version, over what `node -e 0` takes. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { rssBytes } from './proc.mjs';
import { scratch, startProxy, startUpstream, timeBareNode } from './processes.mjs';
import { spread } from './statistics.mjs';

/** Idle time before the memory of a started proxy is read. */
const SETTLE_MS = 2000;
const TITLE = 'cold start and idle';

/** Rows in the format of `summarize`. */
export async function runStart({ rounds, log, root, flags }) {
  const upstream = await startUpstream();
  const samples = { bare: [], plain: [], cached: [], idle: [] };
  const plain = { root, flags };
  const cached = { ...plain, environment: { NODE_COMPILE_CACHE: join(scratch, 'compile-cache') } };
  // The first start fills the file cache, the second and third the compile cache.
  for (const options of [plain, cached, cached]) await timeStart(upstream, options);
  for (let turn = 1; turn <= rounds; turn += 1) {
    samples.bare.push(await timeBareNode());
    samples.plain.push((await timeStart(upstream, plain)).ms);
    const { ms, rss } = await timeStart(upstream, cached, SETTLE_MS);
    samples.cached.push(ms);
    samples.idle.push(rss / 1e6);
    log?.(`start: round ${turn} of ${rounds}`);
  }
  await upstream.stop();
  return toRows(samples);
}

async function timeStart(upstream, options, settleMs = 0) {
  const start = performance.now();
  const proxy = await startProxy(upstream, options);
  const ms = performance.now() - start;
  await sleep(settleMs);
  const rss = rssBytes([proxy.pid]);
  await proxy.stop();
  return { ms, rss };
}

function toRows({ bare, plain, cached, idle }) {
  const over = (samples) => spread(samples.map((ms, index) => ms - bare[index]));
  const row = (measure, samples, rest) => ({
    case: 'start',
    title: TITLE,
    measure,
    unit: 'ms',
    compare: 'added',
    base: spread(bare),
    subjects: { proxy: { value: spread(samples), compared: over(samples) } },
    ...rest,
  });
  const idleSpread = spread(idle);
  return [
    row('first 200, no compile cache', plain),
    row('first 200, compile cache warm', cached, { target: 600, stretch: 300 }),
    {
      ...row('idle RSS', cached, { target: 100, stretch: 90, unit: 'MB', compare: 'value' }),
      base: undefined,
      subjects: { proxy: { value: idleSpread, compared: idleSpread } },
    },
  ];
}
