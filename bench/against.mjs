/**
 * `npm run bench -- --against REF`: the build and that of another commit in many short slices, compared slice by slice. A
 * second process of the other build is the control: what it differs by is the error of the run.
 */
import { runSlice } from './bench.mjs';
import { builtCheckout } from './checkout.mjs';
import { lowerQuartile, median } from './statistics.mjs';
import { checkTarget, openTargets } from './targets.mjs';

/** Short, so that other load on the machine is the same for neighbours. */
const SLICE_MS = 100;

/** CPU time after which V8 has compiled what is hot; on a busy machine a fixed time would not be enough. */
const WARM_CPU_NS = 5e9;

/** Largest difference between two processes of one build in a run that shows anything. */
const MAX_CONTROL_DIFFERENCE = 0.03;

/** The targets with what each is compared to. */
const COMPARED = [
  { name: 'pipe', text: 'pipe' },
  { name: 'before', text: 'REF', to: ['pipe'] },
  { name: 'control', text: 'REF, second process', to: ['pipe', 'before'] },
  { name: 'proxy', text: 'this build', to: ['pipe', 'before'] },
];

/**
 * @param options see openTargets; also `ref`, `slices` and `log`
 * @returns the CPU time of each target per request or token, and its ratios to others; `isConclusive`
 */
export async function compareBuilds(benchCase, { ref, slices, log, ...options }) {
  const { targets, close } = await openTargets(
    { ...benchCase, targets: COMPARED.map(({ name }) => name) },
    { ...options, before: builtCheckout(ref) },
  );
  try {
    for (const target of targets) {
      const problem = await checkTarget(target, benchCase);
      if (problem) throw new Error(`${benchCase.name}, ${target.name}: ${problem}`);
    }
    for (const target of targets) await warmUp(target, benchCase);
    const costs = Object.fromEntries(targets.map(({ name }) => [name, []]));
    for (let turn = 0; turn < slices; turn += 1) {
      log(`${benchCase.name}: slice ${turn + 1} of ${slices}`);
      // Garbage collection of one may run on into the slice of the next.
      for (const target of shuffled(targets)) costs[target.name].push(await costOf(target, benchCase));
    }
    return summarizeSlices(benchCase, costs);
  } finally {
    await close();
  }
}

async function warmUp(target, benchCase) {
  for (let used = 0; used < WARM_CPU_NS;) used += (await runSlice(target, sliceOf(benchCase))).cpuNs;
}

function sliceOf(benchCase) {
  const sliceMs = benchCase.staggerMs > 0 ? benchCase.sliceMs : SLICE_MS;
  return { ...benchCase, sliceMs, roundMs: sliceMs };
}

function shuffled(list) {
  const keys = new Map(list.map((each) => [each, Math.random()]));
  return [...list].sort((left, right) => keys.get(left) - keys.get(right));
}

/** Microseconds of CPU per token, or per request without tokens. */
async function costOf(target, benchCase) {
  const { cpuNs, latencies, failures } = await runSlice(target, sliceOf(benchCase));
  if (failures.length > 0) throw new Error(`${benchCase.name}, ${target.name}: ${failures[0]}`);
  return cpuNs / 1000 / latencies.length / Math.max(1, benchCase.tokens);
}

function summarizeSlices({ name, title, tokens }, costs) {
  const ratios = (of, to) => costs[of].map((cost, slice) => cost / costs[to][slice]);
  const rows = COMPARED.map(({ name: of, text, to = [] }) => ({
    name: text,
    cost: middle(costs[of]),
    ratios: Object.fromEntries(to.map((base) => [base, middle(ratios(of, base))])),
  }));
  const difference = Math.abs(median(ratios('control', 'before')) - 1);
  return {
    case: name,
    title,
    unit: tokens > 0 ? 'µs per token' : 'µs per request',
    rows,
    difference,
    isConclusive: difference < MAX_CONTROL_DIFFERENCE,
  };
}

const middle = (values) => ({ lowerQuartile: lowerQuartile(values), median: median(values) });

/** @param result as compareBuilds returns it */
export function comparisonText({ case: name, title, unit, rows, difference, isConclusive }, ref) {
  const pair = (figures, digits) =>
    figures ? `${figures.lowerQuartile.toFixed(digits)} / ${figures.median.toFixed(digits)}` : '';
  const lines = rows.map((row) =>
    [
      row.name.replace('REF', ref).padEnd(30),
      pair(row.cost, row.cost.median < 10 ? 2 : 1).padStart(17),
      pair(row.ratios.pipe, 2).padStart(13),
      pair(row.ratios.before, 3).padStart(17),
    ].join(' '),
  );
  const control = `the control differs by ${(100 * difference).toFixed(1)} %`;
  return [
    `${name}: ${title}; lower quartile / median`,
    `${''.padEnd(30)} ${unit.padStart(17)} ${'R'.padStart(13)} ${`× ${ref}`.padStart(17)}`,
    ...lines,
    isConclusive ? control : `NOT CONCLUSIVE: ${control}, more than ${100 * MAX_CONTROL_DIFFERENCE} %`,
  ].join('\n');
}
