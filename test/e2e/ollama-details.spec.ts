import { createServer, request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
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
  it('is a 404 before servers of one model, which answer to any name', async () => {
    const chats: string[] = [];
    const server = createServer((request, response) => {
      let text = '';
      request.on('data', (piece: Buffer) => (text += piece.toString()));
      request.on('end', () => {
        response.setHeader('content-type', 'application/json');
        if (request.method === 'GET') {
          response.end(JSON.stringify({ data: [{ id: 'only' }] }));
          return;
        }
        chats.push((JSON.parse(text) as { model: string }).model);
        response.end('{"choices":[{"message":{"content":"any"},"finish_reason":"stop"}]}');
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const proxy = await startProxy(`http://127.0.0.1:${port}`);
    const chat = (model: string) =>
      ask(`${proxy.url}/api/chat`, { model, messages: [{ role: 'user', content: 'x' }], stream: false });
    try {
      await ask(`${proxy.url}/api/tags`);
      expect((await chat('nope')).lines).toEqual([{ error: "model 'nope' not found" }]);
      expect((await ask(`${proxy.url}/api/embed`, { model: 'nope', input: 'x' })).lines).toEqual([
        { error: 'model "nope" not found, try pulling it first' },
      ]);
      expect((await chat('only:latest')).status).toBe(200);
      expect(chats).toEqual(['only']);
    } finally {
      await proxy.close();
      server.closeAllConnections();
      server.close();
    }
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

  it('of headers that are too large, too', async () => {
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
