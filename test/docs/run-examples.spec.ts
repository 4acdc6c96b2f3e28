import { globSync, readFileSync } from 'node:fs';
import { HumanMessage } from '@langchain/core/messages';
import { ChatOllama } from 'lc-ollama-1-0';
import { describe, expect, it } from 'vitest';
import { withProxy } from '../support/with-proxy.js';
import { run, works } from './run.js';

const KEY = 'the-key-of-the-examples-0123456789';
/** With keys, so that an example that forgets to send its own fails. */
const setup = withProxy({ dialect: 'strictest' }, { PROXY_API_KEYS: KEY });

interface Example {
  readonly program: string;
  /** What has to be installed; without it the test is skipped and says so. */
  readonly needs?: readonly [string, ...string[]];
  readonly says: readonly RegExp[];
}

const SKY = /I read 1 message .*You said: "Why is the sky blue\?"/;
const VECTORS = /^2 vectors of 64$/m;
const MODELS = /^Models: .*\bsim-chat(:latest)?\b/m;
const TOOL = /^Calls get_weather \{/m;

/** Every file below examples/ that runs, and what it has to print in front of the simulator. */
const EXAMPLES: Record<string, Example> = {
  'examples/curl/chat.sh': {
    program: 'bash',
    needs: ['curl', '--version'],
    says: [
      /^\{"version":"[\d.]+"\}$/m,
      /^\{"models":\[\{"name":"sim-chat:latest"/m,
      /"capabilities":\["completion","tools"/,
      /"done":true,"done_reason":"stop"/,
      /"response":"[^"]*I read 1 message .*Why is grass green\?/,
      /^\{"model":"sim-embed","embeddings":\[\[[^\]]+\],\[[^\]]+\]\]/m,
    ],
  },
  'examples/python/standard_library.py': {
    program: 'python3',
    needs: ['python3', '--version'],
    says: [MODELS, SKY, TOOL, /The tool get_weather says: "sunny, 21 °C"/, VECTORS],
  },
  'examples/python/ollama_package.py': {
    program: 'python3',
    needs: ['python3', '-c', 'import ollama'],
    says: [MODELS, SKY, VECTORS],
  },
  'examples/javascript/ollama.mjs': { program: process.execPath, says: [MODELS, SKY, VECTORS] },
  'examples/javascript/openai.mjs': { program: process.execPath, says: [MODELS, SKY, VECTORS] },
  'examples/langchain/chat.mjs': {
    program: process.execPath,
    says: [SKY, /^Object: \{ city: '.+' \}$/m, TOOL, VECTORS],
  },
};

describe('the examples', () => {
  it('are all tested', () => {
    expect(globSync('examples/**/*.{sh,py,mjs}').toSorted()).toEqual(Object.keys(EXAMPLES).toSorted());
  });

  for (const [file, { program, needs, says }] of Object.entries(EXAMPLES)) {
    const isMissing = needs !== undefined && !works(...needs);
    const name = isMissing ? `${file} (skipped: "${needs.join(' ')}" fails here)` : file;
    it.skipIf(isMissing)(name, { timeout: 60_000 }, async () => {
      const environment = { OLLAMA_HOST: setup.proxy.url, OLLAMA_API_KEY: KEY, PYTHONDONTWRITEBYTECODE: '1' };
      const { status, stdout, stderr } = await run(program, [file], environment);
      expect(status, `${stdout}${stderr}`).toBe(0);
      for (const pattern of says) expect(stdout).toMatch(pattern);
    });
  }

  it('end in words where the proxy refuses', { timeout: 60_000 }, async () => {
    for (const file of ['examples/curl/chat.sh', 'examples/python/standard_library.py']) {
      const { program, needs } = EXAMPLES[file]!;
      if (!works(...needs!)) continue;
      const { status, stdout, stderr } = await run(program, [file], { OLLAMA_HOST: setup.proxy.url });
      expect(status).not.toBe(0);
      expect(stdout + stderr).toContain('unauthorized');
    }
  });
});

interface Node {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly typeVersion: number;
  readonly position: readonly number[];
  readonly parameters: { readonly model?: string; readonly options?: Record<string, unknown> };
  readonly credentials?: Record<string, { readonly name: string }>;
}
interface Workflow {
  readonly nodes: readonly Node[];
  readonly connections: Record<string, Record<string, { node: string; type: string; index: number }[][]>>;
}

describe('the n8n workflow', () => {
  const { nodes, connections } = JSON.parse(readFileSync('examples/n8n/chat.json', 'utf8')) as Workflow;
  const links = Object.entries(connections).flatMap(([from, outputs]) =>
    Object.entries(outputs).flatMap(([kind, branches]) => branches.flat().map((link) => ({ from, kind, ...link }))),
  );

  it('is a whole: nodes of their own, each connected, credentials by name only', () => {
    const names = nodes.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(new Set(nodes.map(({ id }) => id)).size).toBe(nodes.length);
    for (const { id, type, typeVersion, position } of nodes) {
      expect(id).toMatch(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/);
      expect(type).toMatch(/^@n8n\/n8n-nodes-langchain\.(chatTrigger|chainLlm|lmChatOllama)$/);
      expect([typeof typeVersion, position.length]).toEqual(['number', 2]);
    }
    for (const { from, kind, node, type, index } of links) {
      expect(names).toEqual(expect.arrayContaining([from, node]));
      expect([type, index]).toEqual([kind, 0]);
    }
    const connected = links.flatMap(({ from, node }) => [from, node]);
    expect(names.filter((name) => !connected.includes(name))).toEqual([]);
    expect(links.map(({ kind }) => kind).toSorted()).toEqual(['ai_languageModel', 'main']);
  });

  it('asks what its model node asks, and gets an answer', async () => {
    const node = nodes.find(({ type }) => type.endsWith('.lmChatOllama'))!;
    expect(Object.keys(node.credentials ?? {})).toEqual(['ollamaApi']);
    const { model = '', options = {} } = node.parameters;
    const tags = await setup.ask('/api/tags', undefined, { headers: { authorization: `Bearer ${KEY}` } });
    expect((tags.lines[0]?.models as { name: string }[]).map(({ name }) => name)).toContain(model);
    // What n8n makes of the node: the library it ships, with the node's options and the credential's address and key.
    const chat = new ChatOllama({
      baseUrl: setup.proxy.url,
      model,
      ...options,
      maxRetries: 0,
      headers: { Authorization: `Bearer ${KEY}` },
    });
    const { text } = await chat.invoke([new HumanMessage('Why is the sky blue?')]);
    expect(text).toMatch(SKY);
    expect(setup.lastBody()).toMatchObject({ model: 'sim-chat', temperature: 0.7, stream: true });
  });
});
