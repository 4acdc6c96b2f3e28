import { describe, expect, it } from 'vitest';
import { withProxy } from '../support/with-proxy.js';

const setup = withProxy({ dialect: 'strictest', catalogue: 'plain' }, { RATE_LIMIT_ENABLED: 'false' });

type Fields = Record<string, unknown>;

/** In place of any field. */
const ODD: readonly unknown[] = [
  ...[null, true, 0, -1, 1.5, 1e300, '', 'x', '\u0000\ud800', [], {}],
  ...[
    [null],
    [7],
    ['x'],
    [[]],
    [{}],
    [{ type: 'x' }],
    [{ type: null }],
    { type: 'x' },
    { type: [] },
    { a: { b: [null] } },
  ],
  Array.from({ length: 3000 }, () => ({})),
];

/** A 1×1 PNG. */
const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const said = { type: 'text', text: 'Hi' };
const image = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: PNG } };
const file = {
  type: 'document',
  title: 't',
  context: 'c',
  source: { type: 'text', media_type: 'text/plain', data: 'x' },
};
const USE = { type: 'tool_use', id: 'c1', name: 'f', input: {} };
const RESULT = { type: 'tool_result', tool_use_id: 'c1', content: [said, image], is_error: true };

const MESSAGES: Fields = {
  model: 'sim-vision',
  max_tokens: 20,
  system: [said],
  messages: [
    { role: 'user', content: [said, image, file] },
    { role: 'assistant', content: [{ type: 'thinking', thinking: 'Hm', signature: 'p1.' }, said, USE] },
    { role: 'user', content: [RESULT, said] },
    { role: 'system', content: 'Be brief.' },
  ],
  tools: [{ name: 'f', description: 'd', input_schema: { type: 'object' }, defer_loading: false }],
  tool_choice: { type: 'auto', disable_parallel_tool_use: true },
  thinking: { type: 'enabled', budget_tokens: 2000, display: 'omitted' },
  output_config: { effort: 'high' },
  stop_sequences: ['X'],
  temperature: 1,
  metadata: { user_id: 'u' },
  stream: false,
};

const text = { type: 'input_text', text: 'Hi' };
const RESPONSES: Fields = {
  model: 'sim-chat',
  instructions: 'Be brief.',
  input: [
    { type: 'message', role: 'user', content: [text, { type: 'input_file', filename: 'a', file_data: 'AAAA' }] },
    { type: 'reasoning', id: 'rs_1', summary: [{ type: 'summary_text', text: 'Hm' }], encrypted_content: 'p2.a.AA.b' },
    { type: 'function_call', call_id: 'c1', name: 'f', namespace: 'n', arguments: '{}' },
    { type: 'custom_tool_call', call_id: 'c2', name: 'g', input: 'x' },
    { type: 'local_shell_call', call_id: 'c3', action: { type: 'exec', command: ['ls'], env: {} } },
    { type: 'shell_call', call_id: 'c4', action: { commands: ['ls'] } },
    { type: 'apply_patch_call', call_id: 'c5', operation: { type: 'delete_file', path: 'a' } },
    { type: 'function_call_output', call_id: 'c1', output: [text] },
    { type: 'custom_tool_call_output', call_id: 'c2', output: 'x' },
    { type: 'local_shell_call_output', id: 'c3', output: 'x' },
    {
      type: 'shell_call_output',
      call_id: 'c4',
      output: [{ stdout: 'a', stderr: '', outcome: { type: 'exit', exit_code: 0 } }],
    },
    { type: 'apply_patch_call_output', call_id: 'c5', status: 'completed', output: 'x' },
    { type: 'tool_search_output', call_id: 'c9', tools: [{ type: 'function', name: 'h' }] },
    { type: 'additional_tools', role: 'developer', tools: [{ type: 'custom', name: 'i' }] },
    { type: 'item_reference', id: 'msg_1' },
    { type: 'compaction', encrypted_content: 'x' },
    { type: 'image_generation_call', id: 'ig_1' },
    { role: 'user', content: 'Hi' },
  ],
  tools: [
    { type: 'function', name: 'f', parameters: { type: 'object' } },
    { type: 'namespace', name: 'n', description: 'd', tools: [{ type: 'function', name: 'f' }] },
    { type: 'custom', name: 'g', format: { type: 'grammar', syntax: 'lark', definition: 'x' } },
    { type: 'shell', environment: { type: 'local' } },
    { type: 'web_search' },
  ],
  tool_choice: { type: 'allowed_tools', mode: 'auto', tools: [{ type: 'function', name: 'f' }] },
  text: { format: { type: 'text' }, verbosity: 'low' },
  reasoning: { effort: 'low', summary: 'auto' },
  include: ['reasoning.encrypted_content'],
  max_output_tokens: 50,
  top_logprobs: 1,
  metadata: { a: 'b' },
  store: true,
  stream: false,
};

/** The value with each of its fields and entries replaced, one at a time. */
function* replaced(value: unknown, by: unknown): Generator {
  if (Array.isArray(value)) {
    for (const [at, each] of value.entries()) {
      yield value.with(at, by);
      for (const changed of replaced(each, by)) yield value.with(at, changed);
    }
  } else if (typeof value === 'object' && value !== null) {
    for (const [field, each] of Object.entries(value)) {
      yield { ...value, [field]: by };
      for (const changed of replaced(each, by)) yield { ...value, [field]: changed };
    }
  }
}

async function send(path: string, body: unknown): Promise<void> {
  const seen = await setup.ask(path, body);
  const shown = `${path} ${JSON.stringify(body).slice(0, 3000)} → ${seen.status} ${seen.text.slice(0, 500)}`;
  expect(seen.status, shown).toBeLessThan(500);
  if (seen.status < 300) return;
  const { type, error } = JSON.parse(seen.text) as { type?: string; error: Fields };
  expect([type, typeof error.type, typeof error.message], shown).toEqual([
    path.includes('messages') ? 'error' : undefined,
    'string',
    'string',
  ]);
}

describe.each([
  ['/v1/messages', MESSAGES],
  ['/v1/messages/count_tokens', MESSAGES],
  ['/v1/responses', RESPONSES],
  ['/v1/responses/input_tokens', RESPONSES],
  ['/v1/responses/compact', RESPONSES],
])('a body of %s', (path, body) => {
  it('is served as it is', async () => {
    const seen = await setup.ask(path, body);
    expect(seen.status, seen.text).toBe(200);
  });

  // The other routes of an API read bodies with the same code.
  const isMain = path === '/v1/messages' || path === '/v1/responses';
  it.each(
    ODD.map((odd, at) => [at, JSON.stringify(odd).slice(0, 40), odd] as const).filter(([at]) => isMain || at % 5 === 0),
  )(
    'is served or refused in the form of the API with any field replaced: %d %s',
    { timeout: 120_000 },
    async (_at, _json, odd) => {
      const bodies = [...replaced(body, odd)];
      for (let at = 0; at < bodies.length; at += 8)
        await Promise.all(bodies.slice(at, at + 8).map((each) => send(path, each)));
    },
  );
});
