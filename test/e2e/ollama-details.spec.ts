import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer, request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Seen } from '../support/ask.js';
import { ask, scripted } from '../support/ask.js';
import { startProxy } from '../support/start-proxy.js';
import { withProxy } from '../support/with-proxy.js';

const setup = withProxy({}, { REQUEST_MAX_SIZE: '100000' });
const post = (path: string, body: object): Promise<Seen> => setup.ask(path, body);

describe('unloading', () => {
  it.each(['/api/generate', '/api/chat'])('by %s works for every model', async (path) => {
    for (const model of ['sim-embed', 'sim-chat']) {
      const { status, lines } = await post(path, { model, keep_alive: '0s' });
      expect([status, lines[0]?.done_reason]).toEqual([200, 'unload']);
    }
    expect((await post(path, { model: 'nope', keep_alive: 0 })).status).toBe(404);
    // Loading still needs the capability.
    expect((await post(path, { model: 'sim-embed' })).status).toBe(400);
  });
});

describe('an unknown name', () => {
  /** An upstream that lists `ids` and answers to any name, and the names that it was sent. */
  async function startOf(...ids: string[]) {
    const chats: string[] = [];
    const server = createServer((request, response) => {
      let text = '';
      request.on('data', (piece: Buffer) => (text += piece.toString()));
      request.on('end', () => {
        response.setHeader('content-type', 'application/json');
        if (request.method === 'GET') {
          response.end(JSON.stringify({ data: ids.map((id) => ({ id })) }));
          return;
        }
        chats.push((JSON.parse(text) as { model: string }).model);
        response.end('{"choices":[{"message":{"content":"any"},"finish_reason":"stop"}]}');
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    return { url: `http://127.0.0.1:${port}`, chats, ids };
  }

  async function startBefore(...upstreams: { url: string }[]) {
    const store = { MODEL_STORE: 'memory', MODEL_STORE_OPEN: 'true' };
    const [first = { url: '' }] = upstreams;
    const named = upstreams.map(({ url }, index) => ({ name: `u${index}`, base_url: url, priority: index }));
    const mapping = join(mkdtempSync(join(tmpdir(), 'lists-')), 'mapping.json');
    writeFileSync(mapping, JSON.stringify({ upstreams: named }));
    const proxy = await startProxy(first.url, {
      ...store,
      ...(upstreams.length > 1 && { MODEL_MAPPING_FILE: mapping }),
    });
    onTestFinished(() => proxy.close());
    await ask(`${proxy.url}/api/tags`);
    return {
      chat: (model: string) =>
        ask(`${proxy.url}/api/chat`, { model, messages: [{ role: 'user', content: 'x' }], stream: false }),
      create: (model: string, from: string) => ask(`${proxy.url}/api/create`, { model, from, stream: false }),
      embed: (model: string) => ask(`${proxy.url}/api/embed`, { model, input: 'x' }),
    };
  }

  it('is a 404 before servers of one model, which answer to any name', async () => {
    const [one, other] = [await startOf('only'), await startOf('other')];
    const { chat, embed } = await startBefore(one, other);
    expect((await chat('nope')).lines).toEqual([{ error: "model 'nope' not found" }]);
    expect((await embed('nope')).lines).toEqual([{ error: 'model "nope" not found, try pulling it first' }]);
    expect((await chat('only:latest')).status).toBe(200);
    expect([one.chats, other.chats]).toEqual([['only'], []]);
  });

  it('is not sent to a server of one model beside one of several', async () => {
    const [one, several] = [await startOf('only'), await startOf('a', 'b')];
    const { chat } = await startBefore(one, several);
    expect((await chat('nope')).status).toBe(200);
    expect([one.chats, several.chats]).toEqual([[], ['nope']]);
  });

  it('is sent to a gateway that lists a pattern', async () => {
    const gateway = await startOf('vendor/*');
    const { chat } = await startBefore(gateway);
    expect((await chat('vendor/new')).status).toBe(200);
    expect(gateway.chats).toEqual(['vendor/new']);
  });

  it('is that of a model which was loaded a moment ago', { timeout: 30_000 }, async () => {
    const one = await startOf('before');
    const { chat, create } = await startBefore(one);
    expect((await create('mine', 'before')).status).toBe(200);
    one.ids[0] = 'after';
    // A list is read again after a pause.
    await vi.waitFor(async () => expect((await chat('after')).status).toBe(200), { timeout: 20_000, interval: 500 });
    expect(one.chats).toEqual(['after']);
    // Another model must not answer in its place.
    expect((await chat('mine')).lines).toEqual([
      { error: "model 'mine' not found: no upstream has before:latest, which runs it" },
    ]);
  });

  it('is left to an upstream of several models', async () => {
    expect((await post('/api/chat', { model: 'nope', messages: [{ role: 'user', content: 'x' }] })).status).toBe(404);
    expect(setup.simulator.requests.at(-1)).toMatchObject({ method: 'POST', path: '/v1/chat/completions' });
  });
});

describe('words of Ollama', () => {
  it.each<[string, object, number, string]>([
    ['/api/chat', { options: { stop: ['a', 1] } }, 500, 'option "stop" must be of an array of strings'],
    ['/api/generate', { prompt: 'x', template: '{{ .Prompt' }, 500, 'template: :1: unclosed action'],
    [
      '/api/chat',
      { messages: ['x'] },
      400,
      'json: cannot unmarshal string into Go struct field ChatRequest.messages of type api.Message',
    ],
    [
      '/api/chat',
      { tools: [1] },
      400,
      'json: cannot unmarshal number into Go struct field ChatRequest.tools of type api.Tool',
    ],
    [
      '/api/chat',
      { tools: [{ function: 'f' }] },
      400,
      'json: cannot unmarshal string into Go struct field ChatRequest.tools.function of type api.ToolFunction',
    ],
    [
      '/api/chat',
      { tools: [{ function: { name: 'f', parameters: { type: ['object'] } } }] },
      400,
      'json: cannot unmarshal array into Go struct field ChatRequest.tools.function.parameters.type of type string',
    ],
    [
      '/api/chat',
      { tools: [{ function: { name: 'f', parameters: { required: 'a' } } }] },
      400,
      'json: cannot unmarshal string into Go struct field ChatRequest.tools.function.parameters.required of type []string',
    ],
    [
      '/api/chat',
      { tools: [{ function: { name: 'f', parameters: { properties: { a: true } } } }] },
      400,
      'json: cannot unmarshal bool into Go value of type api.ToolProperty',
    ],
  ])('%s %j', async (path, body, status, error) => {
    const seen = await post(path, { model: 'sim-chat', ...body });
    expect([seen.status, seen.lines]).toEqual([status, [{ error }]]);
  });

  it('name an unknown model of /v1/models with its tag', async () => {
    const { status, lines } = await setup.ask('/v1/models/nope');
    expect([status, lines]).toEqual([
      404,
      [{ error: { message: "model 'nope:latest' not found", type: 'not_found_error', param: null, code: null } }],
    ]);
  });

  it('read a role in any case', async () => {
    await post('/api/chat', {
      model: 'sim-chat',
      messages: [
        { role: 'SYSTEM', content: 'a' },
        { role: 'User', content: 'b' },
      ],
    });
    expect(setup.lastBody().messages).toEqual([
      { role: 'system', content: 'a' },
      { role: 'user', content: 'b' },
    ]);
  });
});

describe('/api/show', () => {
  it('leaves out what a model does not have', async () => {
    const { lines } = await post('/api/show', { model: 'sim-chat' });
    expect(Object.keys(lines[0] ?? {})).toEqual(expect.arrayContaining(['modelfile', 'template', 'details']));
    for (const absent of ['license', 'parameters', 'system', 'messages', 'renderer', 'parser', 'requires'])
      expect(lines[0]).not.toHaveProperty(absent);
  });
});

describe('HEAD', () => {
  it.each([
    ['/', 'text/plain; charset=utf-8'],
    ['/api/version', 'application/json; charset=utf-8'],
    ['/api/tags', 'application/json; charset=utf-8'],
  ])('%s has the type of GET', async (path, type) => {
    const seen = await setup.ask(path, undefined, { method: 'HEAD' });
    expect([seen.status, seen.type, seen.text]).toEqual([200, type, '']);
  });

  it.each(['/v1/models', '/v1/models/sim-chat', '/api/ps'])('%s is a 405', async (path) => {
    const seen = await setup.ask(path, undefined, { method: 'HEAD' });
    expect([seen.status, seen.headers.get('allow')]).toEqual([405, 'GET']);
  });
});

describe('OPTIONS without an origin', () => {
  it('is a 204 by name', async () => {
    for (const path of ['/api/chat', '/nope']) {
      const status = await new Promise((resolve) => {
        const sent = httpRequest({
          port: setup.proxy.port,
          host: '127.0.0.1',
          path,
          method: 'OPTIONS',
          headers: { host: 'localhost' },
        });
        sent.once('response', (response) => resolve(response.resume().statusCode)).end();
      });
      expect(status).toBe(204);
    }
    expect((await setup.ask('/nope', undefined, { method: 'OPTIONS' })).status).toBe(404);
  });
});

describe('/api/embeddings', () => {
  it('does not shorten what is too long', async () => {
    const tooLong = { status: 400, error: "This model's maximum context length is 512 tokens" };
    const { content: prompt } = scripted(tooLong);
    const older = await post('/api/embeddings', { model: 'sim-embed', prompt });
    expect([older.status, older.lines]).toEqual([500, [{ error: 'the input length exceeds the context length' }]]);
  });
});

describe('a refusal before the whole request is here', () => {
  it('of a body that is too large can be read by the http client of Node', async () => {
    for (let round = 0; round < 5; round += 1) {
      const seen = await new Promise<string>((resolve, reject) => {
        const sent = httpRequest(`${setup.proxy.url}/api/chat`, {
          method: 'POST',
          agent: false,
          headers: { 'content-length': 30_000_000, connection: 'close' },
        });
        sent.once('error', reject);
        sent.once('response', (response) => {
          let text = '';
          response.on('data', (piece: Buffer) => (text += piece.toString()));
          response.once('error', reject).once('end', () => resolve(`${response.statusCode} ${text}`));
        });
        sent.end(Buffer.alloc(30_000_000, 'x'));
      });
      expect(seen).toContain('413 {"error":"request body too large');
    }
  });

  it('of headers that are too large can be read by it, too', async () => {
    for (const length of [20_000, 90_000, 2_000_000]) {
      const seen = await new Promise<string>((resolve, reject) => {
        const sent = httpRequest(`${setup.proxy.url}/api/chat`, {
          method: 'POST',
          agent: false,
          headers: { 'x-large': 'x'.repeat(length) },
        });
        sent.once('error', reject);
        sent.once('response', (response) => {
          let text = '';
          response.on('data', (piece: Buffer) => (text += piece.toString()));
          response.once('error', reject).once('end', () => resolve(`${response.statusCode} ${text}`));
        });
        sent.end('{}');
      });
      expect(seen).toBe('431 {"error":"request header fields too large"}');
    }
  });

  it('of headers that drip in and are too large, too', async () => {
    for (let round = 0; round < 5; round += 1) {
      const seen = await new Promise<string>((resolve, reject) => {
        const socket = connect(setup.proxy.port, '127.0.0.1');
        let text = '';
        socket.on('data', (piece) => (text += piece.toString()));
        socket.once('error', reject).once('close', () => resolve(text));
        socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n');
        const send = (left: number): void => {
          if (left > 0) socket.write(`X-${left}: ${'x'.repeat(60_000)}\r\n`, () => setTimeout(send, 1, left - 1));
          else socket.end();
        };
        send(20);
      });
      expect(seen).toContain('HTTP/1.1 431');
    }
  });
});
