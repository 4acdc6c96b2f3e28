import { describe, expect, it } from 'vitest';
import { DEFAULT_MODELS, RESPONSES_MODELS } from '../../apps/simulator/src/simulator.js';
import { readEvents, readResponseEvents } from '../support/agent-events.js';
import { withUpstream } from '../support/scripted-upstream.js';
import { withProxy } from '../support/with-proxy.js';

const models = [...DEFAULT_MODELS, ...RESPONSES_MODELS];
const run = {
  type: 'function',
  name: 'run',
  parameters: { type: 'object', properties: {}, additionalProperties: false },
};
const namespace = { type: 'namespace', name: 'agents', description: 'Agents', tools: [{ ...run, name: 'close' }] };
const say = (script: object) => [
  { type: 'message', role: 'user', content: [{ type: 'input_text', text: `@sim ${JSON.stringify(script)}` }] },
];

describe('a client of the Responses API on an upstream that has it', () => {
  const setup = withProxy({ apis: ['responses'], models, catalogue: 'plain' });

  it('is not changed', async () => {
    const tools = [run, namespace, { type: 'custom', name: 'patch' }, { type: 'web_search' }];
    const body = { model: 'sim-reason', input: say({ calls: [{ name: 'close', arguments: {} }] }), tools };
    const seen = await setup.ask('/v1/responses', body);
    expect(seen.status, seen.text).toBe(200);
    expect(setup.lastBody().tools).toEqual(tools);
    expect(seen.text).toContain('"namespace":"agents"');
  });

  it('does not get what its model refuses, from the second request on without a rejection', async () => {
    const body = {
      model: 'sim-chat',
      input: say({ text: 'Hello' }),
      include: ['reasoning.encrypted_content', 'message.output_text.logprobs'],
    };
    for (const calls of [2, 1]) {
      setup.simulator.reset();
      const seen = await setup.ask('/v1/responses', body);
      expect(seen.status, seen.text).toBe(200);
      expect(setup.simulator.requests.filter(({ method }) => method === 'POST')).toHaveLength(calls);
      expect(setup.lastBody()).toEqual({ ...body, include: ['message.output_text.logprobs'] });
    }
    const shown = await setup.ask('/api/show', { model: 'sim-chat', verbose: true });
    expect(shown.text).toContain('drop: include');
  });

  it.each([
    ['reset', 'upstream error: the connection broke off'],
    ['mid-event', 'upstream error: the connection broke off'],
    ['clean', 'upstream error: the answer broke off before its end'],
  ])('sees a failure where the stream breaks off: %s', async (cut, message) => {
    const script = { text: 'a b c d e f g', cut, after: 6, tokenDelayMs: 2 };
    const { status, text } = await setup.ask('/v1/responses', { model: 'sim-chat', input: say(script), stream: true });
    expect(status).toBe(200);
    const blocks = text.split('\n\n').filter(Boolean);
    const id = /"id":"(resp_\w+)"/.exec(text)?.[1];
    const [error, failed] = blocks.slice(-2).map((block) => JSON.parse(block.replace(/^.*\ndata: /s, '')) as object);
    expect(error).toMatchObject({ type: 'error', message });
    const ending = { id, status: 'failed', error: { code: 'server_error', message } };
    expect(failed).toMatchObject({ type: 'response.failed', response: ending });
    expect(text).not.toContain('response.completed');
  });

  it('gets other rejections as they are', async () => {
    const seen = await setup.ask('/v1/responses', { model: 'sim-chat', input: 'Hi', odd: 1 });
    expect([seen.status, setup.simulator.requests.filter(({ method }) => method === 'POST')]).toMatchObject([
      400,
      { length: 1 },
    ]);
    expect(seen.text).toContain("Unknown parameter: 'odd'");
  });
});

describe('a client of the Responses API on an upstream that has functions only', () => {
  const setup = withProxy({ apis: ['responses'], models, catalogue: 'plain', hasFunctionsOnly: true });

  it.each([false, true])('has its namespaces and custom tools all the same (streamed: %s)', async (stream) => {
    const seen = await setup.ask('/v1/responses', {
      model: 'sim-codex',
      input: say({ calls: [{ name: 'agents__close', arguments: {} }] }),
      tools: [run, namespace, { type: 'custom', name: 'patch' }],
      stream,
    });
    expect(seen.status, seen.text).toBe(200);
    expect(setup.lastBody().tools).toMatchObject([{ name: 'run' }, { name: 'agents__close' }, { name: 'patch' }]);
    expect(seen.text).toMatch(/"name":"close","namespace":"agents"|"namespace":"agents","name":"close"/);
    if (stream) expect(readResponseEvents(readEvents(seen.text)).calls).toHaveLength(1);
  });

  it('is sent its own request where that has functions only', async () => {
    const body = { model: 'sim-codex', input: say({ text: 'Hello' }), tools: [run] };
    const seen = await setup.ask('/v1/responses', body);
    expect(seen.status, seen.text).toBe(200);
    expect(setup.lastBody()).toEqual(body);
  });
});

it.each([
  ['/v1/responses/input_tokens', { model: 'm', input: 'Hi' }, { object: 'response.input_tokens', input_tokens: 77 }],
  ['/v1/messages/count_tokens', { model: 'm', messages: [{ role: 'user', content: 'Hi' }] }, { input_tokens: 77 }],
])('%s is counted by an upstream that can', async (path, body, counted) => {
  const upstream = await withUpstream((call) => (call.path === path ? counted : [404, {}]));
  expect((await upstream.ask(path, body)).lines).toEqual([counted]);
  expect(upstream.calls).toMatchObject([{ path, body }]);
});
