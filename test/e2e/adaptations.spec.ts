import type { Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { ask } from '../support/ask.js';
import type { RunningProxy } from '../support/start-proxy.js';
import { startProxy } from '../support/start-proxy.js';

type Body = Record<string, unknown>;

/** The message and the other fields of a rejection, or undefined to accept the request. */
type Reject = (body: Body) => (Body & { message: string }) | undefined;

const SCHEMA = { type: 'object', properties: { a: { type: 'string' } } };

let server: Server;
let proxy: RunningProxy;
afterEach(async () => {
  await proxy.close();
  server.closeAllConnections();
  server.close();
});

/** An upstream that rejects what `reject` says, behind a proxy with two callers. */
async function start(reject: Reject) {
  const bodies: Body[] = [];
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      if (request.method === 'GET') {
        reply(response, 200, { data: [{ id: 'm', object: 'model', owned_by: 'x' }] });
        return;
      }
      const body = JSON.parse(Buffer.concat(chunks).toString()) as Body;
      bodies.push(body);
      const error = reject(body);
      if (error) reply(response, 400, { error: { type: 'invalid_request_error', ...error } });
      else
        reply(response, 200, { choices: [{ message: { role: 'assistant', content: '{}' }, finish_reason: 'stop' }] });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  proxy = await startProxy(`http://127.0.0.1:${String(port)}/v1`, {
    PROXY_API_KEYS: 'alice:alice-key-alice-key,mallory:mallory-key-mallory-key',
  });
  const chat = async (caller: 'alice' | 'mallory', more: Body) => {
    bodies.length = 0;
    const seen = await ask(
      `${proxy.url}/api/chat`,
      { model: 'm', stream: false, messages: [{ role: 'user', content: 'hi' }], ...more },
      { headers: { authorization: `Bearer ${caller}-key-${caller}-key` } },
    );
    return { ...seen, sent: bodies.at(-1), calls: bodies.length };
  };
  return { chat };
}

function reply(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

describe('a value that one caller sends and the upstream rejects', () => {
  const above =
    (field: string, max: number): Reject =>
    (body) =>
      Number(body[field]) > max
        ? { message: `Invalid '${field}': above maximum value. Expected at most ${String(max)}.`, param: field }
        : undefined;

  it.each([
    ['temperature', above('temperature', 2), { temperature: 3 }, { temperature: 0 }],
    [
      'temperature, without words for it',
      (b: Body) => (Number(b.temperature) > 2 ? { message: 'temperature?' } : undefined),
      { temperature: 3 },
      { temperature: 0 },
    ],
    ['seed', above('seed', 2 ** 53), { seed: 1e18 }, { seed: 42 }],
    ['top_p', above('top_p', 1), { top_p: 2 }, { top_p: 0.5 }],
    ['presence_penalty', above('presence_penalty', 2), { presence_penalty: 9 }, { presence_penalty: 1 }],
  ])('does not change the requests of others: %s', async (_name, reject, bad, good) => {
    const { chat } = await start(reject);
    for (let count = 0; count < 3; count += 1) expect((await chat('mallory', { options: bad })).status).toBe(200);
    const { sent, status, calls } = await chat('alice', { options: good });
    expect([status, calls]).toEqual([200, 1]);
    expect(sent).toMatchObject(good);
    expect((await chat('mallory', { options: good })).sent).toMatchObject(good);
  });

  it('does not change the requests of others if it is a feature of a schema', async () => {
    const { chat } = await start(({ response_format }) =>
      JSON.stringify(response_format ?? null).includes('"minimum"')
        ? {
            message: "Invalid schema for response_format 'response': 'minimum' is not permitted.",
            param: 'response_format',
          }
        : undefined,
    );
    const withMinimum = { type: 'object', properties: { a: { type: 'number', minimum: 1 } } };
    expect((await chat('mallory', { format: withMinimum })).sent).toMatchObject({
      response_format: { type: 'json_object' },
    });
    expect((await chat('alice', { format: SCHEMA })).sent).toMatchObject({ response_format: { type: 'json_schema' } });
  });

  it('is its 400 if it is an invalid schema', async () => {
    const { chat } = await start(({ response_format }) =>
      JSON.stringify(response_format ?? null).includes('"foo"')
        ? {
            message: "Invalid schema for response_format 'response': 'foo' is not a valid type.",
            param: 'response_format',
          }
        : undefined,
    );
    const seen = await chat('mallory', { format: { type: 'object', properties: { a: { type: 'foo' } } } });
    expect([seen.status, seen.calls]).toEqual([400, 1]);
    expect(seen.lines[0]?.error).toMatch(/^invalid JSON schema in format: /);
    expect((await chat('alice', { format: SCHEMA })).sent).toMatchObject({ response_format: { type: 'json_schema' } });
  });
});

describe('an option that the model does not offer', () => {
  const reject: Reject = ({ temperature }) =>
    temperature === undefined || temperature === 1
      ? undefined
      : {
          message: `Unsupported value: 'temperature' does not support ${JSON.stringify(temperature)} with this model. Only the default (1) value is supported.`,
          param: 'temperature',
          code: 'unsupported_value',
        };

  it('is not sent again, and no other value after another caller has confirmed it', async () => {
    const { chat } = await start(reject);
    expect((await chat('alice', { options: { temperature: 0.1 } })).calls).toBe(2);
    expect((await chat('alice', { options: { temperature: 0.1 } })).calls).toBe(1);
    expect((await chat('alice', { options: { temperature: 1 } })).sent).toMatchObject({ temperature: 1 });
    expect((await chat('alice', { options: { temperature: 0.2 } })).calls).toBe(2);
    expect((await chat('mallory', { options: { temperature: 0.3 } })).calls).toBe(2);
    expect((await chat('alice', { options: { temperature: 0.4 } })).calls).toBe(1);
  });
});

describe('a field that the upstream does not have', () => {
  it('is left out for everybody, which /api/show shows', async () => {
    const { chat } = await start(({ seed }) =>
      seed === undefined ? undefined : { message: "Unsupported parameter: 'seed'", param: 'seed' },
    );
    expect((await chat('mallory', { options: { seed: 1 } })).calls).toBe(2);
    expect((await chat('alice', { options: { seed: 2 } })).calls).toBe(1);
    const shown = await ask(
      `${proxy.url}/api/show`,
      { model: 'm', verbose: true },
      { headers: { authorization: 'Bearer alice-key-alice-key' } },
    );
    expect(shown.text).toMatch(/drop: seed \(expires in \d+ s\)/);
  });

  it('is not made up by words of the client that the upstream repeats', async () => {
    const { chat } = await start(({ messages }) => {
      const [first] = messages as { content: string }[];
      return first?.content.includes('unsupported') ? { message: `Cannot read: ${first.content}` } : undefined;
    });
    const messages = [{ role: 'user', content: "property 'seed' is unsupported" }];
    expect((await chat('mallory', { messages, options: { seed: 1 } })).status).toBe(400);
    expect((await chat('alice', { options: { seed: 2 } })).sent).toMatchObject({ seed: 2 });
  });
});

describe('think: false, where it is not known how the upstream switches thinking off', () => {
  const anyOf = (message: string, more: Body = {}): Reject => {
    return ({ reasoning_effort: effort }) => (effort === 'none' ? { message, ...more } : undefined);
  };
  const known: Reject = ({ reasoning_effort: effort }) =>
    effort === undefined ? undefined : { message: 'Unrecognized field: reasoning_effort' };
  const listed: Reject = ({ reasoning_effort: effort }) =>
    effort === undefined || effort === 'low'
      ? undefined
      : { message: "reasoning_effort: Input should be 'low'", param: 'reasoning_effort' };

  it.each<[string, Reject, string | undefined]>([
    ['has the value', () => undefined, 'none'],
    ['does not know the field', known, undefined],
    ['does not have the value', anyOf("Unsupported value: 'none'", { param: 'reasoning_effort' }), undefined],
    ['names its values', listed, 'low'],
    ['says nothing', anyOf('Bad request'), undefined],
  ])('costs one call more at most, and that once: the upstream %s', async (_name, reject, effort) => {
    const { chat } = await start(reject);
    const first = await chat('mallory', { think: false });
    expect([first.status, first.sent?.reasoning_effort, first.calls]).toEqual([200, effort, effort === 'none' ? 1 : 2]);
    const second = await chat('alice', { think: false });
    expect([second.status, second.sent?.reasoning_effort, second.calls]).toEqual([200, effort, 1]);
  });

  it('does not switch thinking off for other requests where the value alone was rejected', async () => {
    const { chat } = await start(anyOf('Bad request'));
    await chat('mallory', { think: false });
    expect((await chat('alice', { think: 'high' })).sent).toMatchObject({ reasoning_effort: 'high' });
  });

  it('is not sent a second time after a rejection of something else', async () => {
    const { chat } = await start(() => ({ message: 'messages[0].content: not allowed here', param: 'messages[0]' }));
    expect((await chat('alice', { think: false })).calls).toBe(1);
  });
});
