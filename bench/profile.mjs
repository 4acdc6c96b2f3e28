/**
 * Runs one case against the proxy under V8's sampling profiler and prints where its CPU time goes, or with --allocations
 * its memory: shares by folder or package, then the functions with the largest share of their own.
 * Options: CASE, --seconds N, --top N, --allocations, --keep FILE (the CPU profile itself, for a flame graph in Chrome
 * or VS Code), --root DIR (another checkout), --flags="--FLAG …" (more flags for the proxy).
 */
import { copyFileSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { CASE_NAMES, findCase } from './cases.mjs';
import { sampleAllocations } from './inspector.mjs';
import { freePort, scratch } from './processes.mjs';
import { readAllocations, readCpuProfile } from './profile-reader.mjs';
import { checkTarget, openTargets } from './targets.mjs';

const SAMPLE_US = 250;
const WARM_MS = 3000;

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: 'string', default: '5' },
    top: { type: 'string', default: '25' },
    allocations: { type: 'boolean', default: false },
    keep: { type: 'string' },
    root: { type: 'string' },
    flags: { type: 'string', default: '' },
  },
});
const MORE_FLAGS = options.flags.split(' ').filter((flag) => flag !== '');

/** The profiler's clock: microseconds since the start of the machine. */
const now = () => Number(process.hrtime.bigint() / 1000n);

async function profileCpu(benchCase) {
  const folder = join(scratch, 'profiles');
  mkdirSync(folder, { recursive: true });
  const flags = ['--cpu-prof', `--cpu-prof-dir=${folder}`, `--cpu-prof-interval=${SAMPLE_US}`];
  let start = 0;
  let end = 0;
  const requests = await underLoad(benchCase, flags, async (run) => {
    start = now();
    const count = await run();
    end = now();
    return count;
  });
  const path = join(folder, readdirSync(folder)[0]);
  if (options.keep) copyFileSync(path, options.keep);
  const profile = JSON.parse(readFileSync(path, 'utf8'));
  return { ...readCpuProfile(profile, { interval: SAMPLE_US, start, end }), requests, unit: 'µs of CPU' };
}

async function profileAllocations(benchCase) {
  const port = await freePort();
  let head;
  const requests = await underLoad(benchCase, [`--inspect=127.0.0.1:${port}`], async (run) => {
    let count = 0;
    head = await sampleAllocations(port, async () => {
      count = await run();
    });
    return count;
  });
  return { ...readAllocations(head), requests, unit: 'bytes allocated' };
}

/** @param work receives a function that runs the load and resolves to the number of responses */
async function underLoad(benchCase, flags, work) {
  const { targets, close } = await openTargets(
    { ...benchCase, targets: ['proxy'] },
    { root: options.root, flags: [...flags, ...MORE_FLAGS] },
  );
  const [target] = targets;
  const problem = await checkTarget(target, benchCase);
  if (problem) throw new Error(`${benchCase.name}: ${problem}`);
  const { request, ending, load } = target;
  const run = (sliceMs) =>
    load.run({ ...benchCase, request, ending, sliceMs }).then(({ latencies }) => latencies.length);
  await run(WARM_MS);
  const result = await work(() => run(Number(options.seconds) * 1000));
  await close();
  return result;
}

function print({ functions, packages, total, requests, unit }, benchCase) {
  const share = (part) => `${((100 * part) / total).toFixed(1)} %`.padStart(7);
  const { name: caseName, title, tokens } = benchCase;
  const perToken = tokens > 0 ? `, ${(total / requests / tokens).toFixed(2)} a token` : '';
  const lines = [
    `${caseName}: ${title}`,
    `${requests} requests while profiled, ${(total / requests).toFixed(0)} ${unit} each${perToken}`,
    '',
    '   self   with Node internals called by it',
    ...packages.map(({ name, self, charged }) => `${share(self)}  ${share(charged)}  ${name}`),
    '',
    '   self   function',
    ...functions
      .slice(0, Number(options.top))
      .map(({ name, place, package: owner, self }) => `${share(self)}   ${name.padEnd(32)} ${owner}  ${place}`),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

async function main() {
  const name = positionals[0] ?? 'chat-c16';
  const benchCase = findCase(name);
  if (!benchCase) throw new Error(`no such case: ${name}; there are ${CASE_NAMES.join(', ')}`);
  print(await (options.allocations ? profileAllocations(benchCase) : profileCpu(benchCase)), benchCase);
}

await main().catch((error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
});
