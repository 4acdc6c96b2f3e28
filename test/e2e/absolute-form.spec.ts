import { describe, expect, it, vi } from 'vitest';
import { readSettings } from '#config';
import { accessLog } from '../../apps/proxy/src/telemetry/access-log.js';
import { RequestMetrics } from '../../apps/proxy/src/telemetry/metrics/request-metrics.js';
import { sendRaw } from '../support/raw-socket.js';
import { withProxy } from '../support/with-proxy.js';

const setup = withProxy();

async function send(target: string, method = 'GET') {
  const { text, status, body } = await sendRaw(
    setup.proxy.port,
    `${method} ${target} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n`,
  );
  return { text, status, body, id: /^x-request-id: (\S+)/im.exec(text)?.[1] };
}

describe('a request target that is a whole URL', () => {
  it.each([
    'http://x/api/version',
    'HTTP://x//api/version/',
    'https://user:secret-in-url@x/api/version?a=1',
    'http://x/api/version#a',
  ])('is answered like its path: %s', async (target) => {
    const { status, body, id } = await send(target);
    expect([status, JSON.parse(body)]).toEqual([200, { version: expect.any(String) }]);
    expect(id).toBeDefined();
  });

  it.each(['http://x', 'http://x?y=1', 'http://user:secret-in-url@x?y'])(
    'is the root without a path: %s',
    async (target) => {
      expect(await send(target)).toMatchObject({ status: 200, body: 'Ollama is running', id: expect.any(String) });
      expect((await send(target, 'POST')).status).toBe(405);
      expect((await send(target, 'OPTIONS')).status).toBe(204);
    },
  );

  it.each(['foo://x?y', 'foo://x', 'foo:///v1/files', 'ftp://user:secret-in-url@x/api/version'])(
    'of another scheme is a 400 with an id, and reaches no upstream: %s',
    async (target) => {
      const { status, body, id, text } = await send(target);
      expect([status, JSON.parse(body)]).toEqual([400, { error: 'invalid request target' }]);
      expect(id).toBeDefined();
      expect(text).not.toContain('<html');
      expect(setup.simulator.requests).toEqual([]);
    },
  );

  it('is logged without host, credentials and query', async () => {
    const written: string[] = [];
    const { log: settings } = readSettings({ OPENAI_API_BASE_URL: 'http://127.0.0.1:9' });
    const log = accessLog(settings, { plain: { write: (line) => void written.push(line) } });
    const end = vi.spyOn(RequestMetrics.prototype, 'end').mockImplementation((...seen) => log?.end(...seen));
    for (const target of [
      'http://user:secret-in-url@x/api/version?key=secret-in-query',
      'http://user:secret-in-url@x?y',
      'foo://user:secret-in-url@x/api/version',
      'http://user:secret-in-url@x/v1/nothing',
    ]) {
      await send(target);
    }
    end.mockRestore();
    const lines = written.join('');
    expect(lines.match(/"path":"[^"]*"/g)).toEqual([
      '"path":"/api/version"',
      '"path":"/"',
      '"path":"/"',
      '"path":"/v1/nothing"',
    ]);
    expect(lines).not.toMatch(/secret|user:/);
    expect((await setup.ask('/metrics')).text).not.toContain('secret');
  });
});
