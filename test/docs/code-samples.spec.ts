import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DECISION_MODELS, DEFAULT_MODELS } from '../../apps/simulator/src/simulator.js';
import type { CodeSample } from '../../apps/proxy/src/docs/code-samples.js';
import { defaultDocument, operationsOf } from '../support/openapi.js';
import { withProxy } from '../support/with-proxy.js';
import { run, works } from './run.js';

const operations = operationsOf(await defaultDocument());
const samplesOf = (label: string) =>
  operations.map(({ operation }) => {
    const samples = (operation as { 'x-codeSamples'?: CodeSample[] })['x-codeSamples'] ?? [];
    return samples.find((sample) => sample.label === label)?.source ?? '';
  });

/** Operations whose sample names something that does not exist here: stored data, or another API of an upstream. */
const NOT_THERE = /^\/api\/blobs\/|^\/v1\/responses\/\{|^\/v1\/adaptations\/\{|^\/v1\/\{path\}/;

/** Runs each file that is named, and prints one line with a status for each. */
const DRIVERS = {
  curl: ['bash', '-c', 'for file; do bash "$file" | tail -n 1 || echo failed; done', 'driver'],
  Python: [
    'python3',
    '-c',
    `import contextlib, io, sys, urllib.error
for file in sys.argv[1:]:
    text = io.StringIO()
    try:
        with contextlib.redirect_stdout(text):
            exec(compile(open(file).read(), file, "exec"), {})
        print(text.getvalue()[:3])
    except urllib.error.HTTPError as error:
        print(error.code)`,
  ],
  JavaScript: [
    process.execPath,
    '--input-type=module',
    '-e',
    `const { log } = console;
for (const file of process.argv.slice(1)) {
  console.log = (status) => log(status);
  await import(file);
}`,
  ],
} as const;

describe('the code samples of the API document', () => {
  const models = [...DEFAULT_MODELS, ...DECISION_MODELS];
  const setup = withProxy({ apis: ['chat', 'decisions'], models }, { MODEL_STORE: 'memory' });
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'samples-'));
    // The status stands on the last line.
    writeFileSync(join(folder, '.curlrc'), 'silent\nwrite-out = "\\n%{http_code}\\n"\n');
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  for (const [label, [program, ...options]] of Object.entries(DRIVERS)) {
    const isMissing = !works(label === 'curl' ? 'curl' : program, '--version');
    const name = isMissing ? `in ${label} (skipped: it is not installed)` : `in ${label} run as documented`;
    it.skipIf(isMissing)(name, { timeout: 120_000 }, async () => {
      const sources = samplesOf(label);
      const files = sources.map((source, index) => {
        const file = join(folder, `${label}-${String(index)}.mjs`);
        expect(source).toContain('http://localhost:11434/');
        writeFileSync(file, source.replaceAll('http://localhost:11434', setup.proxy.url));
        return file;
      });
      const { status, stdout, stderr } = await run(program, [...options, ...files], { CURL_HOME: folder });
      expect([status, stderr]).toEqual([0, '']);
      const statuses = stdout.trim().split('\n');
      expect(statuses).toHaveLength(operations.length);
      const surprises = operations.flatMap(({ method, path, operation }, index) => {
        const promised = Object.keys(operation.responses);
        const success = promised.filter((each) => each.startsWith('2'));
        const wanted = success.length === 0 || NOT_THERE.test(path) ? promised : success;
        const seen = statuses[index] ?? '';
        return wanted.includes(seen) ? [] : [`${method} ${path}: ${seen} instead of ${wanted.join(', ')}`];
      });
      expect(surprises).toEqual([]);
    });
  }
});
