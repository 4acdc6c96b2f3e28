import { describe, expect, it } from 'vitest';
import { ConfigurationError } from './configuration-error.js';
import type { Settings } from './settings.js';
import { readSettings } from './settings.js';

describe('settings', () => {
  it.each([
    ['http://localhost:8080', 'http://localhost:8080/v1', ''],
    ['http://localhost:8080/', 'http://localhost:8080/v1', ''],
    ['http://localhost:8080/v1', 'http://localhost:8080/v1', ''],
    ['http://localhost:8080/v1/', 'http://localhost:8080/v1', ''],
    ['http://localhost:8080/v1//', 'http://localhost:8080/v1', ''],
    ['https://api.example.com/openai/v1', 'https://api.example.com/openai/v1', ''],
    ['https://api.example.com/v1beta/openai/', 'https://api.example.com/v1beta/openai', ''],
    ['https://api.example.com/api/v3', 'https://api.example.com/api/v3', ''],
    ['https://api.example.com/v1/chat/completions', 'https://api.example.com/v1', ''],
    ['https://api.example.com/chat/completions', 'https://api.example.com/v1', ''],
    ['https://x.azure.com/openai/v1?api-version=preview', 'https://x.azure.com/openai/v1', '?api-version=preview'],
    ['https://x.azure.com?a=1&b=2', 'https://x.azure.com/v1', '?a=1&b=2'],
    ['http://[::1]:8080', 'http://[::1]:8080/v1', ''],
    ['HTTP://LOCALHOST:80', 'http://localhost/v1', ''],
  ])('take %s for %s%s', (given, baseUrl, query) => {
    expect(settings({ OPENAI_API_BASE_URL: given }).mapping.upstreams[0]).toMatchObject({ baseUrl, query });
  });

  it('have the units of the code', () => {
    const { server, mapping, log } = settings({
      REQUEST_TIMEOUT: '0.5',
      STREAM_IDLE_TIMEOUT: '2',
      CONNECT_TIMEOUT: '3',
      MAX_RETRIES: '4',
      OPENAI_API_KEY: 'sk-x',
      SHUTDOWN_GRACE_SECONDS: '1.5',
      PROXY_PORT: '80',
      REQUEST_MAX_SIZE: '2048',
    });

    expect(mapping.upstreams).toEqual([
      expect.objectContaining({
        firstByteMs: 500,
        idleMs: 2000,
        connectMs: 3000,
        maxRetries: 4,
        headers: { authorization: 'Bearer sk-x' },
      }),
    ]);
    expect(server).toMatchObject({ port: 80, maxBodyBytes: 2048, shutdownGraceMs: 1500 });
    expect(log).toEqual({ level: 'INFO', payloads: false });
    expect(mapping.rules).toEqual([]);
  });

  it.each([
    [undefined, ['127.0.0.1', '::1'], true],
    ['localhost', ['127.0.0.1', '::1'], true],
    ['127.0.0.1', ['127.0.0.1'], true],
    ['127.1.2.3', ['127.1.2.3'], true],
    ['::1', ['::1'], true],
    ['0.0.0.0', ['0.0.0.0'], false],
    ['::', ['::'], false],
    ['192.168.1.5', ['192.168.1.5'], false],
  ])('listen, for HOST=%s, on %j', (host, addresses, isLoopback) => {
    expect(settings({ HOST: host }).server).toMatchObject({ addresses, isLoopback });
  });

  it('join both lists of origins', () => {
    const { server } = settings({ OLLAMA_ORIGINS: ' https://a.example ,', CORS_ORIGINS: '*,app://x' });

    expect(server.origins).toEqual(['https://a.example', '*', 'app://x']);
  });

  it('log everything at DEBUG', () => {
    expect(settings({ DEBUG: '1', LOG_LEVEL: 'error' }).log).toEqual({ level: 'DEBUG', payloads: true });
    expect(settings({ LOG_LEVEL: 'error' }).log).toEqual({ level: 'ERROR', payloads: false });
  });

  it('are rejected with their mistakes', () => {
    expect(() => settings({ MODEL_MAPPING_FILE: '/nowhere/at/all.json' })).toThrow(ConfigurationError);
    expect(() => settings({ PROXY_PORT: 'x' })).toThrow(ConfigurationError);
  });
});

function settings(environment: Record<string, string | undefined>): Settings {
  return readSettings({ OPENAI_API_BASE_URL: 'http://localhost:8080', ...environment });
}
