/**
 * `npm run bench:ci`: chat, burst and paced, about a minute on a quiet machine. Fails only if the proxy costs more than twice
 * the ratio in reference.json: shared machines are noisy, and this is meant to find large regressions.
 * `--update` rewrites reference.json.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { runCase } from './bench.mjs';
import { findCase } from './cases.mjs';
import { summarize } from './summary.mjs';

const CASES = ['chat-c16', 'burst-events', 'paced'];
const GROSS = 2;
/** Five times as long as on a quiet machine. */
const LIMIT_MS = 300_000;
const REFERENCE = new URL('reference.json', import.meta.url);

/** CPU of the proxy ÷ CPU of the pipe, by case. */
async function measure() {
  const ratios = {};
  for (const name of CASES) {
    const benchCase = findCase(name);
    const result = await runCase(benchCase, { rounds: 3, scale: 2 / 3 });
    if (result.problems.proxy) throw new Error(`${name}: ${result.problems.proxy}`);
    const [row] = summarize(benchCase, result).filter(({ measure }) => measure.startsWith('CPU per'));
    if (row.errors) throw new Error(`${name}: errors under load, the first: ${row.firstError}`);
    ratios[name] = row.subjects.proxy.compared.median;
  }
  return ratios;
}

function compare(ratios) {
  const reference = JSON.parse(readFileSync(REFERENCE, 'utf8')).ratios;
  for (const [name, ratio] of Object.entries(ratios)) {
    const limit = GROSS * reference[name];
    const isGross = ratio > limit;
    const text = `${name}: ${ratio.toFixed(2)} R, reference ${reference[name].toFixed(2)}, limit ${limit.toFixed(2)}`;
    process.stdout.write(`${isGross ? 'FAILED ' : 'ok '} ${text}\n`);
    if (isGross) process.exitCode = 1;
  }
}

function update(ratios) {
  const rounded = Object.fromEntries(Object.entries(ratios).map(([name, ratio]) => [name, Number(ratio.toFixed(2))]));
  const about = 'CPU of the proxy in units of the bare pipe; written by `node bench/ci.mjs --update`';
  writeFileSync(REFERENCE, `${JSON.stringify({ about, ratios: rounded }, undefined, 2)}\n`);
}

setTimeout(() => {
  process.stderr.write(`not finished after ${LIMIT_MS / 1000} seconds\n`);
  process.exit(1);
}, LIMIT_MS).unref();

try {
  const ratios = await measure();
  if (process.argv.includes('--update')) update(ratios);
  compare(ratios);
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
