/**
 * `npm run bench`: the proxy against a bare byte pipe, in one command. Ratios of one run are the truth, absolute times
 * are the machine's. README.md beside this file says how to read the table.
 */
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { runCase } from './bench.mjs';
import { CASE_NAMES, findCase } from './cases.mjs';
import { writeDocument } from './document.mjs';
import { machine } from './machine.mjs';
import { runStart } from './start-case.mjs';
import { summarize } from './summary.mjs';
import { toTable } from './table.mjs';

const USAGE = `npm run bench -- [options]
  --only CASE[,CASE]    some cases only: ${CASE_NAMES.join(', ')}
  --rounds N            counted rounds (default 5)
  --quick               2 rounds of a third of the length
  --json FILE           the rows as JSON, too
  --document            the measured part of docs/performance.md, too; all cases
  --root DIR            another checkout whose built proxy is measured
  --before DIR          and one to set beside it, round by round: what a change has brought
  --flags="--FLAG …"    more flags of Node for the proxy; the last of a kind wins
  --peer NAME=URL       another Ollama server that runs already, against --upstream-port; may be repeated
  --upstream-port N     a fixed port for the backend, so that peers can be pointed at it
  --nginx PATH          nginx as a second floor (default /usr/sbin/nginx, if it exists)
  --again               the pipe twice, to see the noise: its ratio should be 1
  --minutes N           gives up after this time (default 20)`;

const { values: options } = parseArgs({
  options: {
    only: { type: 'string' },
    rounds: { type: 'string' },
    quick: { type: 'boolean', default: false },
    json: { type: 'string' },
    document: { type: 'boolean', default: false },
    root: { type: 'string' },
    before: { type: 'string' },
    flags: { type: 'string', default: '' },
    peer: { type: 'string', multiple: true, default: [] },
    'upstream-port': { type: 'string', default: '0' },
    nginx: { type: 'string', default: '/usr/sbin/nginx' },
    again: { type: 'boolean', default: false },
    minutes: { type: 'string', default: '20' },
    help: { type: 'boolean', default: false },
  },
});

async function main() {
  if (options.help) {
    process.stdout.write(`${USAGE}\n`);
    return;
  }
  const names = options.only?.split(',') ?? CASE_NAMES;
  const unknown = names.filter((name) => !CASE_NAMES.includes(name));
  if (unknown.length > 0) throw new Error(`no such case: ${unknown.join(', ')}\n\n${USAGE}`);
  giveUpAfter(Number(options.minutes));
  const settings = readSettings();
  const rows = [];
  // Whoever interrupts a run of minutes still wants what there is.
  process.once('exit', () => report(rows, settings));
  for (const name of names) rows.push(...(await rowsOf(name, settings)));
  if (rows.some(({ problem, errors }) => (problem && problem !== 'not available') || errors)) process.exitCode = 1;
}

function report(rows, { rounds }) {
  if (rows.length === 0) return;
  progress('');
  const { text, facts } = machine();
  process.stdout.write(`${text}\n${rounds} rounds\n\n${toTable(rows)}\n`);
  if (options.document && !options.only) writeDocument(rows, text, rounds);
  if (options.json) writeFileSync(options.json, `${JSON.stringify({ ...facts, rows }, undefined, 2)}\n`);
}

async function rowsOf(name, settings) {
  const benchCase = findCase(name);
  if (!benchCase) return runStart(settings);
  return summarize(benchCase, await runCase(benchCase, settings));
}

function readSettings() {
  const peers = options.peer.map((each) => {
    const [name, ...url] = each.split('=');
    return { name, url: url.join('=') };
  });
  return {
    rounds: Number(options.rounds ?? (options.quick ? 2 : 5)),
    scale: options.quick ? 1 / 3 : 1,
    root: options.root && resolve(options.root),
    before: options.before && resolve(options.before),
    flags: options.flags.split(' ').filter((flag) => flag !== ''),
    peers,
    upstreamPort: Number(options['upstream-port']),
    nginx: options.nginx,
    again: options.again,
    log: progress,
  };
}

/** One line that overwrites itself on a terminal; silent elsewhere. */
function progress(text) {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}

function giveUpAfter(minutes) {
  setTimeout(() => {
    process.stderr.write(`not finished after ${minutes} minutes\n`);
    process.exit(1);
  }, minutes * 60_000).unref();
}

await main().catch((error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
});
