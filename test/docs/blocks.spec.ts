import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import type { SimulatedModel } from '../../apps/simulator/src/models/models.js';
import { withProxy } from '../support/with-proxy.js';
import type { Block } from './markdown.js';
import { blocksOf, documents } from './markdown.js';
import { run, works } from './run.js';

/** What may run here as the documents have it: nothing that goes to another machine. */
const RUNS =
  /^(bash examples\/|curl (?=.*\blocalhost:11434)|export |kubectl kustomize |node examples\/|openssl rand |printf |python3 examples\/)/;

/** Every line that is not run, by the reason. A line that stands in no document any more has to go. */
const EXCUSED: Record<string, readonly string[]> = {
  'starts a proxy that goes on; test/e2e/start.spec.ts starts it': [
    'npm start',
    'PROXY_PORT=11500 npm start',
    'PROXY_API_KEYS=n8n:$KEY npm start',
    'npm run build && npm run start:prod',
  ],
  'is what runs this test, or takes as long': [
    'npm test',
    'npm run check',
    'npx vitest run --project all libs/dialects',
    'npm run build',
    'npm run bench -- --quick --only chat-c16,paced',
  ],
  'installs a command for the whole machine; test/package packs, installs and runs it': [
    'npm pack',
    'npm install --global ./ollama-openai-proxy-0.1.0.tgz',
    'ollama-openai-proxy --base-url http://localhost:8000 --port 11434',
    'ollama-openai-proxy --base-url http://localhost:8000 --check',
  ],
  'needs docker; scripts/image-test.sh builds and runs the image': [
    'docker build -t ollama-openai-proxy .',
    'docker run -p 11434:11434 -e OPENAI_API_BASE_URL=http://host.docker.internal:8000 ollama-openai-proxy',
    'docker compose up',
    'COMPOSE_PROFILES=simulator docker compose up',
  ],
  'needs a cluster; test/deploy builds and judges the manifests': [
    'cd deploy/kubernetes/overlays/single-upstream',
    'cp secrets.example.env secrets.env',
    '$EDITOR kustomization.yaml',
    'kubectl diff -k . ; kubectl apply -k .',
    'kubectl -n llmproxy rollout status deploy/llmproxy',
    'kubectl apply -k ../monitoring',
    'kubectl create namespace llmproxy',
    'kubectl label namespace llmproxy pod-security.kubernetes.io/enforce=restricted',
    'kubectl -n llmproxy create secret generic llmproxy-keys --from-literal=OPENAI_API_KEY="$OPENAI_API_KEY"',
    'helm -n llmproxy upgrade --install llmproxy deploy/helm --values deploy/helm/examples/single-upstream.yaml',
    'P get pods -l app.kubernetes.io/component=proxy -o wide',
    `P logs deploy/llmproxy --since=15m | grep '"level":50'`,
    'P port-forward deploy/llmproxy 11434 & curl -s localhost:11434/health',
  ],
  "needs Ollama's command line; test/flows/ollama-cli.spec.ts sends what it sends": [
    'export OLLAMA_HOST=http://localhost:11434',
    'ollama list',
    'ollama run gpt-4o "Hello!"',
  ],
  'needs the agent; test/agents runs those that are on npm': ['claude', 'copilot', 'qwen --auth-type openai'],
};
const abortReason = new Map(Object.entries(EXCUSED).flatMap(([reason, lines]) => lines.map((line) => [line, reason])));

/** How a program shows that it is there, where its name is not enough. */
const NEEDS: Record<string, string> = { kubectl: "kubectl version --client | grep -q 'Kustomize Version: v5'" };

const KEY = 'the-key-of-the-documents-0123456789';
/** The documents speak of a model that a simulator does not have. */
const MODELS: readonly SimulatedModel[] = [
  { id: 'sim-chat', kind: 'chat', contextLength: 32_768, tools: true },
  { id: 'gpt-4o', kind: 'chat', contextLength: 131_072, tools: true, vision: true },
  { id: 'sim-embed', kind: 'embedding', contextLength: 2048, dimensions: 64 },
];

/** A block's commands, each on one line and without its comment; of a `console` block what follows the prompt. */
function commandsOf({ language, code }: Block): string[] {
  const lines = code.replaceAll(/\\\n\s*/g, '').split('\n');
  const typed = language === 'console' ? lines.flatMap((line) => /^\$ (.*)/.exec(line)?.[1] ?? []) : lines;
  return typed.map((line) => line.replace(/(^|\s+)# .*$/, '').trim()).filter((line) => line !== '');
}

function programOf(command: string): string {
  return /^(?:[A-Z_]+=\S* )*(\S+)/.exec(command)?.[1] ?? '';
}

/** The commands of docs/api.md are run by code-samples.spec.ts. */
const all = documents.filter((file) => file !== 'docs/api.md').flatMap(blocksOf);
const shells = all
  .filter(({ language }) => ['sh', 'bash', 'console'].includes(language))
  .map((block) => {
    const commands = commandsOf(block);
    const left = commands.filter((command) => !abortReason.has(command));
    return {
      ...block,
      commands,
      run: left.filter((command) => RUNS.test(command)),
      unknown: left.filter((command) => !RUNS.test(command)),
    };
  });

describe('commands in the documents', () => {
  const open = withProxy({ models: MODELS });
  const keyed = withProxy({ models: MODELS }, { PROXY_API_KEYS: KEY });
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'docs-'));
    // A refusal is a failure, and progress is of no interest.
    writeFileSync(join(folder, '.curlrc'), 'fail-with-body\nsilent\nshow-error\n');
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it('stand in blocks that say what they are', () => {
    const known = ['', 'sh', 'bash', 'console', 'js', 'json', 'mermaid', 'python', 'toml', 'yaml'];
    expect(all.filter(({ language }) => !known.includes(language)).map(({ at }) => at)).toEqual([]);
    // Those of the benchmarks and of the chaos programs take minutes and have no place here.
    const bare = all.filter(({ file, language }) => language === '' && !/^(bench|chaos)\//.test(file));
    expect(bare.filter(({ code }) => /^(curl|docker|kubectl|node|npm|npx|python3?) /m.test(code))).toEqual([]);
  });

  it('are run or excused', () => {
    const unknown = shells.flatMap((block) => block.unknown.map((command) => `${block.at}: ${command}`));
    expect(unknown).toEqual([]);
  });

  it('are excused only where they stand', () => {
    const written = new Set(shells.flatMap(({ commands }) => commands));
    expect([...abortReason.keys()].filter((line) => !written.has(line))).toEqual([]);
  });

  it('name scripts that package.json has', () => {
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };
    const named = all.flatMap(({ code }) => [...code.matchAll(/\bnpm run ([\w:]+)/g)].map(([, name = '']) => name));
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
    expect(named).toContain('check');
  });

  for (const { at, run: commands } of shells.filter(({ run: some }) => some.length > 0)) {
    const programs = new Set(commands.map(programOf));
    const missing = [...programs].filter((program) => !works('bash', '-c', NEEDS[program] ?? `command -v ${program}`));
    const name = missing.length > 0 ? `${at} (skipped: no ${missing.join(', ')} here)` : at;
    it.skipIf(missing.length > 0)(name, { timeout: 60_000 }, async () => {
      const code = commands.join('\n');
      const { url } = (/\$\{?KEY\b/.test(code) ? keyed : open).proxy;
      const here = code.replaceAll(/(http:\/\/)?localhost:11434/g, url);
      const { status, stdout, stderr } = await run('bash', ['-euo', 'pipefail', '-c', here], {
        CURL_HOME: folder,
        KEY,
        OLLAMA_HOST: url,
        PATH: [dirname(process.execPath), process.env.PATH].join(delimiter),
        PYTHONDONTWRITEBYTECODE: '1',
      });
      expect(status, `${stdout}${stderr}`).toBe(0);
      expect(stdout).not.toMatch(/"error"/);
    });
  }
});

describe('programs in the documents', () => {
  const setup = withProxy({ models: MODELS });
  let folder: string;

  beforeAll(() => {
    // Inside of the project, so that they find its packages.
    mkdirSync('node_modules/.cache', { recursive: true });
    folder = mkdtempSync('node_modules/.cache/docs-');
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  const programs = all.filter(({ language }) => language === 'js');
  it.each(programs.map((block) => [block.at, block] as const))('%s', { timeout: 60_000 }, async (_at, { code }) => {
    const file = join(folder, 'program.mjs');
    writeFileSync(file, code.replaceAll('http://localhost:11434', setup.proxy.url));
    const { status, stdout, stderr } = await run(process.execPath, [file], {});
    expect(status, stderr).toBe(0);
    expect(stdout).toMatch(/\S/);
    expect(setup.simulator.requests.length).toBeGreaterThan(0);
  });

  const data = all.filter(({ language }) => ['json', 'yaml'].includes(language));
  it.each(data.map((block) => [block.at, block] as const))('%s is valid', (_at, { language, code }) => {
    if (language === 'json') expect(() => JSON.parse(code) as unknown).not.toThrow();
    else expect(parseAllDocuments(code).flatMap(({ errors }) => errors)).toEqual([]);
  });

  const pythons = all.filter(({ language }) => language === 'python');
  const hasPython = works('python3', '--version');
  it.skipIf(!hasPython).each(pythons.map((block) => [block.at, block] as const))(
    '%s is Python (compiled; its packages are not on npm)',
    async (_at, { code }) => {
      const { status, stderr } = await run('python3', ['-c', 'import ast, os; ast.parse(os.environ["CODE"])'], {
        CODE: code,
      });
      expect(status, stderr).toBe(0);
    },
  );
});
