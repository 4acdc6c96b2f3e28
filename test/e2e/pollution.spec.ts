import { afterEach, describe, expect, it } from 'vitest';
import { decodeChatRequest, decodeGenerateRequest, parseGoJson } from '#translation';
import { withProxy } from '../support/with-proxy.js';

const setup = withProxy({}, { CIRCUIT_BREAKER_ENABLED: 'false' });

/** Keys that reach a prototype wherever they are assigned instead of defined. */
const POISON = '"__proto__":{"polluted":true,"temperature":1.9},"constructor":{"prototype":{"polluted":true}}';
const NESTED = `{${POISON},"a":{${POISON}}}`;

const pristine = Object.getOwnPropertyNames(Object.prototype).toSorted();

afterEach(() => {
  expect(Object.getOwnPropertyNames(Object.prototype).toSorted()).toEqual(pristine);
  expect(Object.getOwnPropertyNames(Array.prototype)).not.toContain('polluted');
  expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  expect((Object as unknown as Record<string, unknown>).polluted).toBeUndefined();
});

const tool = `{"type":"function",${POISON},"function":{"name":"f",${POISON},"parameters":{"type":"object","properties":{"__proto__":{"type":"string"},"constructor":{"type":"string"}},${POISON}}}}`;
const message = `{"role":"user","content":"hi",${POISON}}`;
const toolCall = `{"role":"assistant","tool_calls":[{"id":"1","function":{"name":"f","arguments":${NESTED}}}]}`;
const toolAnswer = '{"role":"tool","content":"x","tool_name":"f","tool_call_id":"1"}';
const format = `{"type":"object","properties":{"__proto__":{"type":"string"},"constructor":{"type":"string"}},${POISON}}`;

const BODIES: readonly (readonly [string, string, string])[] = [
  ['chat', '/api/chat', `{"model":"sim-chat","stream":false,${POISON},"messages":[${message}]}`],
  ['its options', '/api/chat', `{"model":"sim-chat","stream":false,"options":${NESTED},"messages":[${message}]}`],
  ['its tools', '/api/chat', `{"model":"sim-chat","stream":false,"tools":[${tool}],"messages":[${message}]}`],
  [
    'its tool calls',
    '/api/chat',
    `{"model":"sim-chat","stream":false,"tools":[${tool}],"messages":[${message},${toolCall},${toolAnswer}]}`,
  ],
  ['its format', '/api/chat', `{"model":"sim-chat","stream":false,"format":${format},"messages":[${message}]}`],
  ['generate', '/api/generate', `{"model":"sim-chat","stream":false,"prompt":"hi",${POISON},"options":${NESTED}}`],
  ['embed', '/api/embed', `{"model":"sim-embed","input":"hi",${POISON},"options":${NESTED}}`],
  ['embeddings', '/api/embeddings', `{"model":"sim-embed","prompt":"hi",${POISON},"options":${NESTED}}`],
  ['show', '/api/show', `{"model":"sim-chat",${POISON},"options":${NESTED}}`],
  ['pull', '/api/pull', `{"model":"sim-chat","stream":false,${POISON}}`],
  ['the OpenAI API', '/v1/chat/completions', `{"model":"sim-chat",${POISON},"messages":[${message}]}`],
];

describe('keys named like a prototype', () => {
  it.each(BODIES)('in %s do not pollute prototypes and are not values', async (_name, path, body) => {
    const { status, text } = await setup.ask(path, body);
    expect(status, text).toBe(200);
    const sent = setup.simulator.requests.findLast(({ method }) => method === 'POST')?.body as object | undefined;
    // A field of the prototype has not become a field of the request.
    if (sent && !path.startsWith('/v1')) expect(Object.keys(sent)).not.toContain('temperature');
    expect(Object.keys(sent ?? {})).not.toContain('polluted');
  });

  it.each(['__proto__', 'constructor', 'toString'])('as a model: %s', async (name) => {
    for (const path of ['/api/chat', '/api/generate', '/api/show', '/api/embed']) {
      const body = JSON.stringify({ model: name, messages: [{ role: 'user', content: 'x' }], prompt: 'x', input: 'x' });
      const { status } = await setup.ask(path, body);
      expect([400, 404]).toContain(status);
    }
  });

  it('do not become the prototype of a decoded object', () => {
    const chat = decodeChatRequest(parseGoJson(`{"model":"m","messages":[${message}],"options":${NESTED},${POISON}}`));
    const generate = decodeGenerateRequest(parseGoJson(`{"model":"m","options":${NESTED},${POISON}}`));
    for (const value of [chat, chat.messages[0], chat.options, generate, generate.options]) {
      expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
      expect((value as unknown as Record<string, unknown>).polluted).toBeUndefined();
    }
  });
});
