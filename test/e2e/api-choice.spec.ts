import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import type { Simulator, SimulatorOptions } from '../../apps/simulator/src/simulator.js';
import { createSimulator } from '../../apps/simulator/src/simulator.js';
import { ask } from '../support/ask.js';
import { startProxy } from '../support/start-proxy.js';

const REASON = { id: 'm', kind: 'chat', contextLength: 1000, tools: true, reasoning: true } as const;
const hi = [{ role: 'user', content: 'Hi' }];

/** A proxy whose mapping file has one upstream and one rule with these fields. */
async function start(options: SimulatorOptions, upstream: object, rule: object = {}) {
  const simulator = createSimulator({ models: [REASON], catalogue: 'plain', ...options });
  const base_url = await simulator.listen();
  const file = join(mkdtempSync(join(tmpdir(), 'apis-')), 'mapping.json');
  const models = [{ name: 'named', model: 'm', ...rule }];
  writeFileSync(file, JSON.stringify({ upstreams: [{ name: 'up', base_url, ...upstream }], models }));
  const proxy = await startProxy('', { OPENAI_API_BASE_URL: '', MODEL_MAPPING_FILE: file });
  onTestFinished(async () => {
    await proxy.close();
    await simulator.close();
  });
  const send = (path: string, body: object) => ask(`${proxy.url}${path}`, { model: 'named', ...body });
  return { simulator, send };
}

const calls = (simulator: Simulator) => simulator.requests.filter(({ method }) => method === 'POST');
const paths = (simulator: Simulator) => calls(simulator).map(({ path }) => path.replace('/v1', ''));

const CHAT = ['/api/chat', { messages: hi, stream: false }] as const;
const RESPONSES = ['/v1/responses', { input: 'Hi' }] as const;
const MESSAGES = ['/v1/messages', { messages: hi, max_tokens: 900 }] as const;

it.each([
  ['the Responses API is preferred', { apis: ['responses', 'chat'] }, ['/responses', '/responses', '/responses']],
  [
    'chat completions are preferred',
    { apis: ['chat', 'responses'] },
    ['/chat/completions', '/chat/completions', '/chat/completions'],
  ],
  [
    'the Messages API is preferred',
    { apis: ['messages', 'responses'] },
    ['/responses', '/responses', '/messages', '/responses'],
  ],
])('%s by configuration', async (_case, upstream, expected) => {
  const { simulator, send } = await start({ apis: ['chat', 'responses'] }, upstream);
  for (const [path, body] of [CHAT, RESPONSES, MESSAGES]) expect((await send(path, body)).status).toBe(200);
  expect(paths(simulator)).toEqual(expected);
});

it('a rule replaces the configuration of its upstream', async () => {
  const { simulator, send } = await start({ apis: ['chat', 'responses'] }, { apis: ['chat'] }, { apis: ['responses'] });
  await send(...CHAT);
  expect(paths(simulator)).toEqual(['/responses']);
});

it('a configured API is the only one, whatever the upstream says', async () => {
  const { simulator, send } = await start({ apis: ['chat'] }, { apis: ['responses'] });
  expect((await send(...CHAT)).status).toBe(404);
  expect(new Set(paths(simulator))).toEqual(new Set(['/responses']));
});

it('the list names the APIs that are tried', async () => {
  const models = [{ ...REASON, chat: 'refused' as const }];
  const { simulator, send } = await start({ apis: ['chat', 'responses'], catalogue: 'rich', models }, {});
  for (const [path, body] of [CHAT, RESPONSES, MESSAGES]) expect((await send(path, body)).status).toBe(200);
  expect(paths(simulator)).toEqual(['/responses', '/responses', '/responses']);
});

it('a missing API is remembered, and shown', async () => {
  const { simulator, send } = await start({}, {});
  await send(...MESSAGES);
  await send(...MESSAGES);
  expect(paths(simulator)).toEqual(['/messages', '/chat/completions', '/chat/completions']);
  expect((await send('/api/show', { verbose: true })).text).toMatch(/no-api: messages \(expires in \d+ s\)/);
});

it('rules apply on every way', async () => {
  const rule = { system: 'Be brief.', clamps: { max_tokens: { max: 500 } }, drop: ['metadata'] };
  const { simulator, send } = await start({ apis: ['chat', 'responses'] }, {}, rule);
  await send('/v1/chat/completions', { messages: hi, metadata: {} });
  await send(...RESPONSES);
  await send(...MESSAGES);
  const [chat, responses, , messages] = calls(simulator).map(({ body }) => body as Record<string, unknown>);
  expect(chat).toEqual({ model: 'm', messages: [{ role: 'system', content: 'Be brief.' }, ...hi], max_tokens: 500 });
  expect(responses).toEqual({ model: 'm', input: 'Hi', instructions: 'Be brief.', max_output_tokens: 500 });
  expect(messages).toMatchObject({ messages: [{ role: 'system', content: 'Be brief.' }, ...hi], max_tokens: 500 });
});
