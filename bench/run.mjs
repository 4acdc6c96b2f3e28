/**
 * `npm run bench`: compares the proxy with a bare byte pipe. Compare ratios of one run, not absolute times; README.md
 * explains the table.
 */
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { compareBuilds, comparisonText } from './against.mjs';
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
  --document            writes the measured part of NOTES.md, too; all cases
  --root DIR            another checkout whose built proxy is measured
  --before DIR          a second one to compare with, round by round
  --against REF         the effect of a change on CPU time: compares with the build of a commit, slice by slice, and fails
                        if two processes of that build differ by 3 % or more
  --slices N            slices of each server for --against (default 300)
  --flags="--FLAG …"    more flags of Node for the proxy; the last of a kind wins
  --peer NAME=URL       another Ollama server that runs already, against --upstream-port; may be repeated
  --upstream-port N     a fixed port of the upstream, for servers given with --peer
  --nginx PATH          nginx as a second baseline (default /usr/sbin/nginx, if it exists)
  --again               the pipe twice, to show the noise: its ratio should be 1
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
    against: { type: 'string' },
    slices: { type: 'string', default: '300' },
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
  if (options.against !== undefined) {
    await compare(names, settings);
    return;
  }
  const rows = [];
  // An interrupted run prints the cases that are complete.
  process.once('exit', () => report(rows, settings));
  for (const name of names) rows.push(...(await rowsOf(name, settings)));
  if (rows.some(({ problem, errors }) => (problem && problem !== 'not available') || errors)) process.exitCode = 1;
}

/** Prints each comparison as it is done; exit code 1 if one of them shows nothing. */
async function compare(names, settings) {
  const { against: ref } = options;
  process.stdout.write(`${machine().text}\n${options.slices} slices\n`);
  for (const benchCase of names.map(findCase).filter((each) => each && !each.targets)) {
    const result = await compareBuilds(benchCase, { ...settings, ref, slices: Number(options.slices) });
    progress('');
    process.stdout.write(`\n${comparisonText(result, ref)}\n`);
    if (!result.isConclusive) process.exitCode = 1;
  }
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
