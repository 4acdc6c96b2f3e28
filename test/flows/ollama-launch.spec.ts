import { describe, expect, it } from 'vitest';
import { readEvents, readMessageEvents, readResponseEvents } from '../support/agent-events.js';
import type { Seen } from '../support/ask.js';
import { withProxy } from '../support/with-proxy.js';

const setup = withProxy({ dialect: 'strictest', catalogue: 'plain' });
const MODEL = 'sim-chat';

/** What `ollama launch` calls itself, before it writes the settings of a target and starts it. */
const LAUNCH: readonly (readonly [method: string, path: string, body?: object])[] = [
  ['HEAD', '/'],
  ['GET', '/api/version'],
  ['GET', '/api/status'],
  ['GET', '/api/tags'],
  ['GET', '/api/experimental/model-recommendations'],
  ['POST', '/api/show', { model: MODEL }],
  ['GET', '/api/ps'],
  ['POST', '/api/generate', { model: MODEL }],
];

interface Target {
  /** The settings that it gets, with HOST for `OLLAMA_HOST`. */
  readonly settings: Readonly<Record<string, string>>;
  /** The setting with the address, and what the agent appends to it. */
  readonly base: readonly [setting: string, path: string];
  readonly headers?: Readonly<Record<string, string>>;
  /** Further calls of the agent. */
  readonly calls?: readonly (readonly [method: string, path: string, body?: object])[];
}

const MESSAGES = { base: ['ANTHROPIC_BASE_URL', '/v1/messages?beta=true'] } as const;
const CHAT = { settings: { baseURL: 'HOST/v1' }, base: ['baseURL', '/chat/completions'] } as const;

const TARGETS: Readonly<Record<string, Target>> = {
  claude: {
    settings: {
      ANTHROPIC_BASE_URL: 'HOST',
      ANTHROPIC_API_KEY: '',
      ANTHROPIC_AUTH_TOKEN: 'ollama',
      CLAUDE_CODE_ATTRIBUTION_HEADER: '0',
      ANTHROPIC_DEFAULT_OPUS_MODEL: MODEL,
      ANTHROPIC_DEFAULT_SONNET_MODEL: MODEL,
      ANTHROPIC_DEFAULT_HAIKU_MODEL: MODEL,
      CLAUDE_CODE_SUBAGENT_MODEL: MODEL,
    },
    ...MESSAGES,
    headers: { authorization: 'Bearer ollama', 'anthropic-version': '2023-06-01', accept: 'application/json' },
    calls: [['HEAD', '/api/hello']],
  },
  codex: {
    // The slash at the end is in the file.
    settings: { base_url: 'HOST/v1/', wire_api: 'responses' },
    base: ['base_url', 'responses'],
    calls: [
      ['GET', '/v1/models'],
      ['POST', '/api/pull', { model: MODEL, stream: true }],
    ],
  },
  chatgpt: { settings: { base_url: 'HOST/v1/', wire_api: 'responses' }, base: ['base_url', 'responses'] },
  copilot: {
    settings: { COPILOT_PROVIDER_BASE_URL: 'HOST/v1', COPILOT_PROVIDER_WIRE_API: 'responses', COPILOT_MODEL: MODEL },
    base: ['COPILOT_PROVIDER_BASE_URL', '/responses'],
  },
  omp: { settings: { baseUrl: 'HOST/v1' }, base: ['baseUrl', '/responses'] },
  ...Object.fromEntries(
    ['droid', 'opencode', 'pi', 'qwen', 'kimi', 'poolside', 'cline', 'hermes', 'muse'].map((name) => [name, CHAT]),
  ),
  'deepseek-harness': { ...CHAT, calls: [['POST', '/v1/messages', { model: MODEL, max_tokens: 50, messages: [] }]] },
  openclaw: { settings: { baseUrl: 'HOST' }, base: ['baseUrl', '/api/chat'] },
  vscode: { settings: { endpoint: 'HOST' }, base: ['endpoint', '/api/chat'] },
};

const say = [{ role: 'user', content: 'Hi' }];

/** A request of an agent on the route, streamed as all of them do. */
function bodyFor(path: string): object {
  const stream = { model: MODEL, stream: true };
  if (path.includes('/responses')) return { ...stream, input: say, store: false, include: [] };
  if (path.includes('/messages')) return { ...stream, max_tokens: 100, messages: say };
  return { ...stream, messages: say };
}

function check(path: string, { text, lines }: Seen): void {
  if (path.includes('/responses')) expect(readResponseEvents(readEvents(text)).ending).toBe('completed');
  else if (path.includes('/messages')) expect(readMessageEvents(readEvents(text)).ending).toBe('end_turn');
  else if (path.includes('/api/')) expect(lines.at(-1)).toMatchObject({ done: true, done_reason: 'stop' });
  else expect(text).toMatch(/data: \[DONE\]\n\n$/);
}

describe('ollama launch', () => {
  it.each(LAUNCH.map(([method, path, body]) => ({ method, path, body })))('$method $path', async (call) => {
    const { method, path, body } = call;
    const { status, text } = await setup.ask(path, body, { method });
    expect(status, text).toBe(200);
  });

  it.each(Object.entries(TARGETS))('%s', async (_name, { settings, base: [setting, route], headers, calls = [] }) => {
    const address = settings[setting]!.replace('HOST', setup.proxy.url) + route;
    const path = address.slice(setup.proxy.url.length);
    const seen = await setup.ask(path, bodyFor(path), { headers: { ...headers, 'content-type': 'application/json' } });
    expect(seen.status, seen.text).toBe(200);
    check(path, seen);
    for (const [method, called, body] of calls) {
      const made = body && called === '/v1/messages' ? { ...body, messages: say } : body;
      const { status, text } = await setup.ask(called, made, { method, ...(headers && { headers: { ...headers } }) });
      expect(status, `${method} ${called} ${text}`).toBe(200);
    }
  });
});
