/** An upstream is killed under load: requests without a first byte go to the other one, and it is used again after its return. */
import { setTimeout as sleep } from 'node:timers/promises';
import { quantile, say } from './checks.mjs';
import { Load } from './clients.mjs';
import { checkProcess, startProxy } from './processes.mjs';
import { Upstream } from './relay.mjs';

const CLIENTS = 50;
const PHASE_MS = 8000;

/** The circuit is open for 10 s first, and for 20 s after a failed probe. */
const RETURN_LIMIT_MS = 60_000;

/** Calls that show that an upstream is used again. */
const TAKEN_UP = 20;

export async function failover(checks, random) {
  say('\nfailover: the preferred upstream is killed and comes back');
  const [first, second] = [await Upstream.start('first'), await Upstream.start('second')];
  const proxy = await startProxy({
    UPSTREAMS: JSON.stringify([
      { name: 'first', base_url: first.url },
      { name: 'second', base_url: second.url, priority: 1 },
    ]),
    REQUEST_TIMEOUT: '5',
  });
  const results = { before: [], without: [], back: [] };
  let phase = 'before';
  const options = { clients: CLIENTS, limitMs: 60_000, faulty: false, leaving: false };
  const keep = (request, result) => results[phase].push({ ...result, request });
  const load = new Load(proxy, random.fork(), keep, options);
  await sleep(PHASE_MS);
  const secondBefore = second.requests;
  phase = 'without';
  const begun = first.underWay.size;
  await first.down();
  await sleep(PHASE_MS);
  await first.up();
  phase = 'back';
  const atReturn = first.requests;
  const since = performance.now();
  while (first.requests < atReturn + TAKEN_UP && performance.now() - since < RETURN_LIMIT_MS) await sleep(100);
  const returnMs = performance.now() - since;
  const secondAtReturn = second.requests;
  await sleep(3000);
  const secondAfter = second.requests - secondAtReturn;
  await load.stop();

  for (const [name, all] of Object.entries(results)) {
    const times = all.filter(({ kind, firstMs }) => kind === 'complete' && firstMs).map(({ firstMs }) => firstMs);
    const failed = all.filter(({ kind }) => kind !== 'complete').length;
    const rate = `${((100 * failed) / all.length).toFixed(2)} %`;
    const [p50, p99] = [0.5, 0.99].map((share) => quantile(times, share).toFixed(0));
    say(`  ${name.padEnd(8)} ${all.length} requests, ${failed} failed (${rate}), first byte p50 ${p50}, p99 ${p99} ms`);
  }
  // A response that had begun cannot be repeated, even if only a role had arrived.
  const failed = Object.values(results)
    .flat()
    .filter(({ kind }) => kind !== 'complete');
  const reasons = failed.map(({ kind, detail, request }) => `${request.kind}: ${kind} ${detail}`);
  checks.check('the second upstream gets no requests before', secondBefore === 0, `${secondBefore} requests`);
  checks.check(
    'all succeed except those whose response the killed upstream had begun',
    failed.length <= begun,
    `${failed.length} failed of ${begun} begun: ${[...new Set(reasons)].join('; ')}`,
  );
  checks.check(
    'the return is taken up',
    first.requests >= atReturn + TAKEN_UP,
    `after ${(returnMs / 1000).toFixed(1)} s`,
  );
  checks.check('the second upstream gets no requests again', secondAfter <= 5, `${secondAfter} requests in 3 s`);
  checkProcess(checks, proxy);
  proxy.kill('SIGKILL');
  for (const upstream of [first, second]) await upstream.down();
}
