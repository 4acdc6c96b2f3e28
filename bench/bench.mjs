/** Runs a case: checks a response of each target, warms up, then measures the targets in turn, round by round. */
import { cpuNs, rssBytes } from './proc.mjs';
import { percentiles } from './statistics.mjs';
import { checkTarget, openTargets } from './targets.mjs';

const SAMPLE_MS = 50;

/** Long enough for V8 to compile hot functions; with a shorter warm-up the figures of small requests double. */
const WARM_MS = 3000;

/**
 * @param options see openTargets; also `rounds`, `scale` (of the length of a round) and `log`
 * @returns `{ name, title, rounds: { target: [round] }, problems: { target: text } }`
 */
export async function runCase(benchCase, options) {
  const { targets, close } = await openTargets(benchCase, options);
  const result = { name: benchCase.name, title: benchCase.title, rounds: {}, problems: {} };
  try {
    for (const target of targets) {
      const problem = await checkTarget(target, benchCase);
      if (problem) result.problems[target.name] = problem;
    }
    // Without the subject the baseline alone is useless.
    if (result.problems.proxy) return result;
    const sound = targets.filter(({ name }) => !(name in result.problems));
    await runRound(sound, { ...benchCase, roundMs: WARM_MS, sliceMs: WARM_MS });
    for (let turn = 1; turn <= options.rounds; turn += 1) {
      options.log?.(`${benchCase.name}: round ${turn} of ${options.rounds}`);
      const round = await runRound(sound, { ...benchCase, roundMs: benchCase.roundMs * (options.scale ?? 1) });
      for (const { name } of sound) (result.rounds[name] ??= []).push(round[name]);
    }
  } finally {
    await close();
  }
  return result;
}

/** The targets take turns of `sliceMs` within a round, too: other load on the machine affects all of them. */
async function runRound(targets, benchCase) {
  const slices = Object.fromEntries(targets.map(({ name }) => [name, []]));
  const turns = Math.max(1, Math.round(benchCase.roundMs / benchCase.sliceMs));
  for (let turn = 0; turn < turns; turn += 1) {
    for (const target of targets) slices[target.name].push(await runSlice(target, benchCase));
  }
  return Object.fromEntries(targets.map(({ name }) => [name, merge(slices[name], benchCase)]));
}

/** One slice of a target: what the load counted, CPU time and the peak of memory. */
export async function runSlice({ pids, load, request, ending }, { roundMs, sliceMs, requests, staggerMs }) {
  let rssPeak = rssBytes(pids);
  const sampler = setInterval(() => {
    rssPeak = Math.max(rssPeak, rssBytes(pids));
  }, SAMPLE_MS);
  const before = cpuNs(pids);
  const slice = await load.run({ request, ending, sliceMs: Math.min(sliceMs, roundMs), requests, staggerMs });
  const used = cpuNs(pids) - before;
  clearInterval(sampler);
  const isKnown = pids.length > 0;
  return { ...slice, cpuNs: isKnown ? used : Number.NaN, rssPeak: isKnown ? rssPeak : Number.NaN };
}

function merge(slices, { tokens }) {
  const all = (key) => slices.flatMap((slice) => slice[key]);
  const requests = all('latencies').length;
  return {
    requests,
    tokens: requests * tokens,
    errors: all('failures').length,
    firstError: all('failures')[0],
    cpuNs: all('cpuNs').reduce((sum, each) => sum + each, 0),
    rssPeak: Math.max(...all('rssPeak')),
    latency: percentiles(all('latencies')),
    firstByte: percentiles(all('firstBytes')),
  };
}
