import { globSync, readFileSync } from 'node:fs';
import Anthropic from '@anthropic-ai/sdk';
import { HumanMessage, ToolMessage } from '@langchain/core/messages';
import { ChatOllama, OllamaEmbeddings } from 'lc-ollama-1-0';
import OpenAI from 'openai';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { declaredVariables } from '#config';
import { ask, textOf } from '../support/ask.js';
import { startProxy } from '../support/start-proxy.js';
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
/** A call, and an answer that uses its result. */
const AGENT = [/^Calls get_weather \{ ?"city":"[^"]+" ?\}/m, /^Answer: .*sunny in .*, 21 °C/m];
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
  'examples/langchain/agent.mjs': { program: process.execPath, says: AGENT },
  'examples/llamaindex/agent.mjs': { program: process.execPath, says: [...AGENT, VECTORS] },
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

const WORKFLOWS: Record<string, readonly string[]> = {
  'examples/n8n/agent.json': ['ai_languageModel', 'ai_tool', 'main'],
  'examples/n8n/chat.json': ['ai_languageModel', 'main'],
  'examples/n8n/embeddings.json': ['ai_document', 'ai_embedding', 'main'],
};
const NODE_TYPES =
  /^(n8n-nodes-base\.manualTrigger|@n8n\/n8n-nodes-langchain\.(agent|chainLlm|chatTrigger|documentDefaultDataLoader|embeddingsOllama|lmChatOllama|toolCalculator|vectorStoreInMemory))$/;

describe.each(Object.entries(WORKFLOWS))('the n8n workflow %s', (file, kinds) => {
  const { nodes, connections } = JSON.parse(readFileSync(file, 'utf8')) as Workflow;
  const links = Object.entries(connections).flatMap(([from, outputs]) =>
    Object.entries(outputs).flatMap(([kind, branches]) => branches.flat().map((link) => ({ from, kind, ...link }))),
  );

  it('is a whole: nodes of their own, each connected, credentials by name only', () => {
    const names = nodes.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(new Set(nodes.map(({ id }) => id)).size).toBe(nodes.length);
    for (const { id, type, typeVersion, position } of nodes) {
      expect(id).toMatch(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/);
      expect(type).toMatch(NODE_TYPES);
      expect([typeof typeVersion, position.length]).toEqual(['number', 2]);
    }
    for (const { from, kind, node, type, index } of links) {
      expect(names).toEqual(expect.arrayContaining([from, node]));
      expect([type, index]).toEqual([kind, 0]);
    }
    const connected = links.flatMap(({ from, node }) => [from, node]);
    expect(names.filter((name) => !connected.includes(name))).toEqual([]);
    expect(links.map(({ kind }) => kind).toSorted()).toEqual(kinds);
  });

  it('asks what its model node asks, and gets an answer', async () => {
    const node = nodes.find(({ type }) => /\.(lmChatOllama|embeddingsOllama)$/.test(type))!;
    expect(Object.keys(node.credentials ?? {})).toEqual(['ollamaApi']);
    const { model = '', options = {} } = node.parameters;
    const tags = await setup.ask('/api/tags', undefined, { headers: { authorization: `Bearer ${KEY}` } });
    expect((tags.lines[0]?.models as { name: string }[]).map(({ name }) => name)).toContain(model);
    // What n8n makes of the node: the library it ships, with the node's options and the credential's address and key.
    const fields = { baseUrl: setup.proxy.url, model, maxRetries: 0, headers: { Authorization: `Bearer ${KEY}` } };
    if (node.type.endsWith('.embeddingsOllama')) {
      const vectors = await new OllamaEmbeddings(fields).embedDocuments(['The sky is blue.', 'Grass is green.']);
      expect(vectors.map((vector) => vector.length)).toEqual([64, 64]);
      return;
    }
    const chat = new ChatOllama({ ...fields, ...options });
    const { text } = await chat.invoke([new HumanMessage('Why is the sky blue?')]);
    expect(text).toMatch(SKY);
    expect(setup.lastBody()).toMatchObject({ model: 'sim-chat', temperature: options.temperature, stream: true });
    if (!kinds.includes('ai_tool')) return;
    const agent = chat.bindTools([CALCULATOR]);
    const question = new HumanMessage('What is 17 * 23?');
    const called = await agent.invoke([question]);
    const [call] = called.tool_calls ?? [];
    expect(call).toMatchObject({ name: 'calculator', args: { input: '17 * 23' } });
    const result = new ToolMessage({ content: '391', tool_call_id: call?.id ?? '', name: 'calculator' });
    expect((await agent.invoke([question, called, result])).text).toContain('391');
  });
});

/** The tool that n8n makes of its calculator node. */
const CALCULATOR = {
  type: 'function',
  function: {
    name: 'calculator',
    description: 'Useful for getting the result of a math expression. The input is a valid mathematical expression.',
    parameters: { type: 'object', properties: { input: { type: 'string' } }, required: ['input'] },
  },
};

const read = (file: string): string => readFileSync(file, 'utf8').replaceAll('http://localhost:11434', setup.proxy.url);

describe('the settings of agents and programs', () => {
  it('Claude Code: the variables of its documented settings reach /v1/messages', async () => {
    const { env } = JSON.parse(read('examples/claude-code/settings.json')) as { env: Record<string, string> };
    const documented = readFileSync('docs/clients.md', 'utf8');
    expect(Object.keys(env).filter((name) => !documented.includes(name))).toEqual([]);
    const anthropic = new Anthropic({ baseURL: env.ANTHROPIC_BASE_URL, authToken: KEY, apiKey: null });
    const models = [env.ANTHROPIC_MODEL ?? '', env.ANTHROPIC_DEFAULT_HAIKU_MODEL ?? ''];
    for (const model of models) {
      const messages = [{ role: 'user' as const, content: 'Why is the sky blue?' }];
      const { content } = await anthropic.messages.create({ model, max_tokens: 100, messages });
      expect(content).toMatchObject([{ type: 'text', text: expect.stringMatching(SKY) as string }]);
    }
  });

  it('Codex: its provider reaches /v1/responses', async () => {
    const config = read('examples/codex/config.toml');
    const valueOf = (key: string) => new RegExp(`^${key} = "(.*)"$`, 'm').exec(config)?.[1] ?? '';
    expect([valueOf('model_provider'), valueOf('wire_api'), valueOf('env_key')]).toEqual([
      'proxy',
      'responses',
      'PROXY_KEY',
    ]);
    expect(config).toContain('[model_providers.proxy]');
    const openai = new OpenAI({ baseURL: valueOf('base_url'), apiKey: KEY });
    const { output_text: text } = await openai.responses.create({
      model: valueOf('model'),
      input: 'Why is the sky blue?',
    });
    expect(text).toMatch(SKY);
  });

  it('VS Code: its address answers the first requests of the provider', async () => {
    const settings = JSON.parse(read('examples/vscode/settings.json')) as Record<string, string>;
    const url = settings['github.copilot.chat.byok.ollamaEndpoint'] ?? '';
    // The provider appends paths to it.
    expect(url).not.toMatch(/\/$/);
    expect((await ask(`${url}/api/version`)).status).toBe(200);
    expect((await ask(`${url}/api/tags`, undefined, { headers: { 'x-api-key': KEY } })).status).toBe(200);
  });

  it('Home Assistant: its automations use actions and entities that belong together', () => {
    const automations = parse(read('examples/home-assistant/automation.yaml')) as {
      alias: string;
      triggers: object[];
      actions: { action: string; data: Record<string, unknown>; response_variable?: string }[];
    }[];
    expect(automations.flatMap(({ actions }) => actions.map(({ action }) => action))).toEqual([
      'conversation.process',
      'notify.persistent_notification',
      'ai_task.generate_data',
      'notify.persistent_notification',
    ]);
    for (const { triggers, actions } of automations) {
      expect(triggers.length).toBeGreaterThan(0);
      const [first, second] = actions;
      expect(JSON.stringify(second?.data)).toContain(`{{ ${first?.response_variable ?? '-'}.`);
    }
  });
});

describe('Open WebUI and LiteLLM in Compose', () => {
  const folder = 'examples/open-webui-litellm/';
  const { services } = parse(readFileSync(`${folder}docker-compose.yml`, 'utf8')) as {
    services: Record<string, { environment: Record<string, string>; depends_on?: string[]; volumes?: string[] }>;
  };
  const environmentOf = (name: string) => services[name]?.environment ?? {};

  it('is wired from Open WebUI to the proxy to LiteLLM, with variables that the proxy reads', () => {
    expect(Object.keys(services)).toEqual(['proxy', 'open-webui', 'litellm']);
    expect(environmentOf('open-webui').OLLAMA_BASE_URL).toBe('http://proxy:11434');
    expect(environmentOf('proxy').OPENAI_API_BASE_URL).toBe('http://litellm:4000/v1');
    expect(environmentOf('proxy').OPENAI_API_KEY).toBe(environmentOf('litellm').LITELLM_MASTER_KEY);
    const known = new Set(declaredVariables().map(({ name }) => name));
    expect(Object.keys(environmentOf('proxy')).filter((name) => !known.has(name))).toEqual([]);
    expect(services.litellm?.volumes).toEqual(['./litellm.yaml:/etc/litellm.yaml:ro']);
    const { model_list: models } = parse(readFileSync(`${folder}litellm.yaml`, 'utf8')) as {
      model_list: { model_name: string; litellm_params: { model: string } }[];
    };
    for (const { model_name: name, litellm_params: params } of models) expect(params.model).toBe(`openai/${name}`);
  });

  it('runs with these settings and another upstream in one line', async () => {
    const { OPENAI_API_BASE_URL: _line, OPENAI_API_KEY: _key, ...environment } = environmentOf('proxy');
    const proxy = await startProxy(setup.simulator.url, environment);
    try {
      // What Open WebUI asks: the list, and a chat by a name of it. It makes models of its own, here without a key.
      const tags = await ask(`${proxy.url}/api/tags`);
      const [{ name = '' } = {}] = tags.lines[0]?.models as { name?: string }[];
      const messages = [{ role: 'user', content: 'Why is the sky blue?' }];
      const { lines } = await ask(`${proxy.url}/api/chat`, { model: name, messages });
      expect(textOf(lines)).toMatch(SKY);
      const made = await ask(
        `${proxy.url}/api/create`,
        { model: 'mine', from: name, stream: false },
        { headers: { 'x-forwarded-for': '172.18.0.3' } },
      );
      expect(made.status).toBe(200);
    } finally {
      await proxy.close();
    }
  });
});
