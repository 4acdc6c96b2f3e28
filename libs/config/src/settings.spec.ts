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
    ['http://localhost/my%20gateway/v1', 'http://localhost/my%20gateway/v1', ''],
    ['http://localhost/%C3%BC/a%2Fb%23c', 'http://localhost/%C3%BC/a%2Fb%23c', ''],
    ['http://localhost/ü', 'http://localhost/%C3%BC', ''],
    ['http://localhost/%7Bmodel%7D/v1', 'http://localhost/{model}/v1', ''],
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
    expect(log).toEqual({
      level: 'INFO',
      format: 'auto',
      fields: 'own',
      hasLevelText: false,
      hasTimeText: false,
      payloads: false,
    });
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
    expect(settings({ DEBUG: '1', LOG_LEVEL: 'error' }).log).toMatchObject({ level: 'DEBUG', payloads: true });
    expect(settings({ LOG_LEVEL: 'error' }).log).toMatchObject({ level: 'ERROR', payloads: false });
  });

  it('are rejected with their mistakes', () => {
    expect(() => settings({ MODEL_MAPPING_FILE: '/nowhere/at/all.json' })).toThrow(ConfigurationError);
    expect(() => settings({ PROXY_PORT: 'x' })).toThrow(ConfigurationError);
  });
});

describe('warnings of settings', () => {
  const SEPARATE =
    'WORKERS: each of the 2 workers keeps parts of earlier turns (CONTINUITY_TTL) and stored responses (STORED_RESPONSES_TTL) for itself; set REDIS_URL to share them';

  it.each([
    [{ WORKERS: '2' }, [SEPARATE]],
    [{ WORKERS: '1' }, []],
    [{ WORKERS: '2', REDIS_URL: 'redis://127.0.0.1' }, []],
    [{ WORKERS: '2', CONTINUITY_TTL: '0', STORED_RESPONSES_TTL: '0' }, []],
    [{ WORKERS: '2', STORED_RESPONSES_TTL: '0' }, [SEPARATE.replace(/ and stored responses \(\w+\)/, '')]],
  ])('%j', (environment, warnings) => {
    expect(settings(environment).warnings).toEqual(warnings);
  });
});

describe('settings that can never work', () => {
  const SECRET = 'hunter2-hunter2';

  it.each([
    ['OPENAI_API_BASE_URL', `http://user:${SECRET}@localhost/v1`, 'must not contain a user or password'],
    ['OPENAI_API_BASE_URL', 'http://localhost/v1#x', 'must not contain a fragment'],
    ['OPENAI_API_BASE_URL', 'http://localhost:0/v1', 'must be an http or https URL, such as https://api.openai.com/v1'],
    [
      'OPENAI_API_BASE_URL',
      'http://localhost:70000/v1',
      'must be an http or https URL, such as https://api.openai.com/v1',
    ],
    ['OPENAI_API_BASE_URL', 'http://a b/v1', 'must be an http or https URL, such as https://api.openai.com/v1'],
    ['OPENAI_ORGANIZATION', `${SECRET}\nx`, 'must be a text without line breaks'],
    ['OPENAI_PROJECT', '☕', 'must be a text without line breaks'],
    ['UPSTREAM_HEADERS', JSON.stringify({ 'X-Title': `a\r\n${SECRET}` }), '.X-Title must not contain line breaks'],
    ['UPSTREAM_HEADERS', JSON.stringify({ 'X-Title': `☕ ${SECRET}` }), '.X-Title must not contain'],
    ['UPSTREAM_HEADERS', JSON.stringify({ 'X-Title': '\u0000' }), '.X-Title must not contain'],
    ['UPSTREAM_HEADERS', JSON.stringify({ 'X Title': SECRET }), 'contains a name that is not the name of a header'],
    ['UPSTREAM_HEADERS', JSON.stringify({ 'Content-Length': '5' }), 'must not set Content-Length'],
    ['UPSTREAM_HEADERS', JSON.stringify({ 'transfer-encoding': 'x' }), 'must not set transfer-encoding'],
    ['UPSTREAM_HEADERS', JSON.stringify({ 'x-number': 5 }), '.x-number must be a text'],
    ['UPSTREAM_HEADERS', '["x"]', 'must be an object of texts'],
    ['UPSTREAMS', upstream({ base_url: `http://u:${SECRET}@a/v1` }), '[0].base_url must not contain a user'],
    ['UPSTREAMS', upstream({ headers: { a: `b\n${SECRET}` } }), '[0].headers.a must not contain line breaks'],
    ['UPSTREAMS', upstream({ api_key: `${SECRET}\n` }), '[0].api_key must not contain spaces'],
    ['UPSTREAMS', upstream({ tls: { ca_file: 'package.json' } }), 'must name PEM files'],
    ['RATE_LIMIT_ENABLED', 'true', 'is true, but no limit is set'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'collector:4318', 'must be an http or https URL'],
  ])('%s=%s is rejected, without its value', (name, value, mistake) => {
    let error: unknown;
    try {
      settings({ [name]: value });
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(ConfigurationError);
    const { mistakes } = error as ConfigurationError;
    expect(mistakes).toEqual([expect.stringContaining(mistake)]);
    expect(mistakes[0]).toMatch(name === 'UPSTREAMS' ? /^(UPSTREAMS|upstreams)/ : new RegExp(`^${name}`));
    expect(mistakes[0]).not.toContain(SECRET);
  });

  it('accept what works', () => {
    const { mapping } = settings({
      UPSTREAM_HEADERS: JSON.stringify({ 'X-Title': 'Käse', Host: 'a', 'x-empty': '' }),
    });
    expect(mapping.upstreams[0]?.headers).toEqual({ 'x-title': 'Käse', host: 'a', 'x-empty': '' });
    expect(settings({ RATE_LIMIT_ENABLED: 'true', RATE_LIMIT_REQUESTS: '1' }).limits.enabled).toBe(true);
  });
});

function upstream(more: object): string {
  return JSON.stringify([{ name: 'a', base_url: 'http://a', ...more }]);
}

function settings(environment: Record<string, string | undefined>): Settings {
  return readSettings({ OPENAI_API_BASE_URL: 'http://localhost:8080', ...environment });
}
