import http from 'node:http';
import { describe, expect, it } from 'vitest';
import { withProxy } from '../support/with-proxy.js';

const setup = withProxy({}, { OLLAMA_ORIGINS: 'https://chat.example.com,http://*.lan.example:8080' });

/** fetch would not let us set Host and Origin. */
function send(headers: Record<string, string>, method = 'GET', path = '/api/version'): Promise<http.IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = http.request(`${setup.proxy.url}${path}`, { method, headers, agent: false }, (response) => {
      response.resume();
      resolve(response);
    });
    request.once('error', reject).end();
  });
}

describe('origins', () => {
  it.each([
    'http://localhost:3000',
    'https://127.0.0.1',
    'app://obsidian.md',
    'tauri://localhost',
    'file://',
    'https://chat.example.com',
    'http://a.lan.example:8080',
  ])('%s is allowed', async (origin) => {
    const response = await send({ origin });
    expect(response.statusCode).toBe(200);
    expect(response.headers['access-control-allow-origin']).toBe(origin);
    expect(response.headers.vary).toContain('Origin');
  });

  it.each([
    'null',
    'http://localhost:3000.evil.example',
    'https://chat.example.com.evil.example',
    'http://evil.example',
    'http://a.b/.lan.example:8080',
    'chrome-extension://abc',
  ])('%s gets an empty 403', async (origin) => {
    const response = await send({ origin });
    expect(response.statusCode).toBe(403);
    expect(response.headers['access-control-allow-origin']).toBeUndefined();
  });

  it('get the allowed methods and headers in a preflight, on unknown paths too', async () => {
    for (const path of ['/api/chat', '/nowhere']) {
      const response = await send(
        { origin: 'http://localhost:3000', 'access-control-request-method': 'POST' },
        'OPTIONS',
        path,
      );
      expect(response.statusCode).toBe(204);
      expect(response.headers['access-control-allow-methods']).toContain('POST');
      expect(response.headers['access-control-allow-headers']).toContain('Authorization');
    }
  });
});

describe('the Host header on loopback', () => {
  it.each(['localhost:11434', '127.0.0.1', '[::1]:80', '192.168.1.5', 'host.docker.internal', 'box.local'])(
    'may be %s',
    async (host) => {
      expect((await send({ host })).statusCode).toBe(200);
    },
  );

  it.each(['evil.example', '8.8.8.8', 'localhost.evil.example'])('may not be %s', async (host) => {
    expect((await send({ host })).statusCode).toBe(403);
  });
});
