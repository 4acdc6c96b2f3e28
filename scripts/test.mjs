// `npm test`: installs and builds if needed, runs vitest with the given arguments, ends with one line of counts.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensure, findNode, root, run } from './ensure.mjs';

await ensure();
const args = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'vitest-'));
const report = join(folder, 'report.json');
const vitest = [
  join(root, 'node_modules/vitest/vitest.mjs'),
  'run',
  '--reporter=default',
  '--reporter=json',
  `--outputFile.json=${report}`,
];
const status = await run(findNode(), [...vitest, ...args], { stdio: ['ignore', 'inherit', 'inherit'] });

const { passed, skipped, failed } = count();
rmSync(folder, { recursive: true });
// A failure outside of any test, such as an unhandled rejection, fails the run too.
const failures = failed || (status === 0 ? 0 : 1);
const nothingRan = passed + failures === 0 && !args.includes('--passWithNoTests');
process.stdout.write(`${passed} passed, ${failures} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`);
process.exitCode = failures > 0 || nothingRan ? 1 : 0;

function count() {
  let result;
  try {
    result = JSON.parse(readFileSync(report, 'utf8'));
  } catch {
    return { passed: 0, skipped: 0, failed: 0 };
  }
  // A file that cannot be loaded has no tests to count, but it has failed.
  const broken = result.testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
  );
  return {
    passed: result.numPassedTests,
    skipped: result.numPendingTests + result.numTodoTests,
    failed: result.numFailedTests + broken.length,
  };
}
