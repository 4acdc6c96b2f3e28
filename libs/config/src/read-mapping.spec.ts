import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ConfigurationError } from './configuration-error.js';
import type { ModelMapping } from './model-mapping.js';
import { readMapping } from './read-mapping.js';
import { readSettings } from './settings.js';

const folder = mkdtempSync(join(tmpdir(), 'mapping-'));
afterAll(() => rmSync(folder, { recursive: true }));

let files = 0;
function file(content: string): string {
  const path = join(folder, `${String((files += 1))}.yaml`);
  writeFileSync(path, content);
  return path;
}

function mapping(environment: Record<string, string>): ModelMapping {
  return readSettings({ OPENAI_API_BASE_URL: 'http://localhost:8080', ...environment }).mapping;
}

const fromFile = (content: string, more: Record<string, string> = {}) =>
  mapping({ MODEL_MAPPING_FILE: file(content), ...more });

function mistakesOf(read: () => unknown): readonly string[] {
  try {
    read();
  } catch (error) {
    if (error instanceof ConfigurationError) return error.mistakes;
    throw error;
  }
  return [];
}

describe('the mapping file', () => {
  it.each<[string, Record<string, string>, string | undefined]>([
    ['{"llama3": "gpt-4o"}', { llama3: 'gpt-4o' }, undefined],
    ['{"a": "x", "b:7b": "y/z"}', { a: 'x', 'b:7b': 'y/z' }, undefined],
    ['llama3: gpt-4o\n"b:7b": y/z\n', { llama3: 'gpt-4o', 'b:7b': 'y/z' }, undefined],
    ['{}', {}, undefined],
    ['{"model_mappings": {"a": "x"}, "default_model": "d"}', { a: 'x' }, 'd'],
    ['{"default_model": "d"}', {}, 'd'],
  ])('reads %j', (content, aliases, defaultModel) => {
    const table = fromFile(content);
    expect(Object.fromEntries(table.rules.map(({ name, model }) => [name, model]))).toEqual(aliases);
    expect(table.defaultModel).toBe(defaultModel);
  });

  it('describes several upstreams and rules, with keys from variables', () => {
    const table = fromFile(
      `
upstreams:
  - { name: gpu, base_url: "http://gpu:8000", api_key: "\${GPU_KEY}", weight: 3 }
  - { name: cloud, base_url: "https://x.example/openai/deployments/{model}?api-version=1", api_key: k, api_key_header: api-key, priority: 1, dialect: openai }
models:
  - { name: "small-*", model: "vendor/*", upstreams: [gpu], defaults: { temperature: 0.2 }, clamps: { max_tokens: { max: 100 } }, system: Be brief., drop: [seed], extra_body: { x: 1 } }
  - { name: big, model: gpt, upstream: cloud, capabilities: [completion], context_length: 1000, apis: [responses, chat] }
`,
      { GPU_KEY: 'secret' },
    );
    expect(
      table.upstreams.map(({ name, baseUrl, query, headers, priority, weight }) => ({
        name,
        baseUrl,
        query,
        headers,
        priority,
        weight,
      })),
    ).toEqual([
      { name: 'default', baseUrl: 'http://localhost:8080/v1', query: '', headers: {}, priority: 0, weight: 1 },
      {
        name: 'gpu',
        baseUrl: 'http://gpu:8000/v1',
        query: '',
        headers: { authorization: 'Bearer secret' },
        priority: 0,
        weight: 3,
      },
      {
        name: 'cloud',
        baseUrl: 'https://x.example/openai/deployments/{model}',
        query: '?api-version=1',
        headers: { 'api-key': 'k' },
        priority: 1,
        weight: 1,
      },
    ]);
    expect(table.rules[0]).toMatchObject({
      name: 'small-*',
      model: 'vendor/*',
      upstreams: ['gpu'],
      drop: ['seed'],
      extraBody: { x: 1 },
    });
    expect(table.rules[1]).toMatchObject({
      upstreams: ['cloud'],
      capabilities: ['completion'],
      contextLength: 1000,
      apis: ['responses', 'chat'],
    });
  });

  it.each<[string, string]>([
    ['{"a": 1}', 'MODEL_MAPPING_FILE.model_mappings.a must be a non-empty text'],
    ['[]', 'MODEL_MAPPING_FILE must contain an object'],
    ['{oops', '.yaml, line 1, column 6 is neither JSON nor YAML'],
    ['{"a": "x",\n "b": "y"\n', '.yaml, line 3, column 1 is neither JSON nor YAML'],
    ['a: x\n\tb: hunter2', '.yaml, line 2, column 1 is neither JSON nor YAML'],
    ['upstreams: [{ name: a, base_url: nonsense }]', 'MODEL_MAPPING_FILE.upstreams[0].base_url'],
    ['upstreams: [{ name: a, base_url: "http://a", typo: 1 }]', 'MODEL_MAPPING_FILE.upstreams[0].typo'],
    ['upstreams: [{ name: a, base_url: "http://a", api_key: "${NOT_SET}" }]', 'the variable NOT_SET is not set'],
    ['upstreams: [{ name: a, base_url: "http://a", dialect: klingon }]', 'MODEL_MAPPING_FILE.upstreams[0].dialect'],
    ['upstreams: [{ name: a, base_url: "http://a", weight: many }]', 'upstreams[0].weight must be a number'],
    ['models: [{ name: a, upstream: nowhere }]', 'no upstream is named "nowhere"'],
    ['models: [{ name: "a*b*c" }]', 'MODEL_MAPPING_FILE.models[0].name'],
  ])('names the mistake in %s', (content, mistake) => {
    expect(mistakesOf(() => fromFile(content)).join('\n')).toContain(mistake);
  });

  it('names a file that cannot be read', () => {
    const path = join(folder, 'nowhere');
    expect(mistakesOf(() => mapping({ MODEL_MAPPING_FILE: path }))).toEqual([
      `MODEL_MAPPING_FILE: ${path} cannot be read (ENOENT)`,
    ]);
  });

  it('is not given by its content', () => {
    expect(mistakesOf(() => mapping({ MODEL_MAPPING_FILE: '{"upstreams": [{"api_key": "hunter2"}]}' }))).toEqual([
      'MODEL_MAPPING_FILE must be the path of a file, not its content',
    ]);
  });

  it('does not name the proxy itself as an upstream', () => {
    const own = { HOST: '0.0.0.0', PROXY_PORT: '4000' };
    expect(mistakesOf(() => mapping({ ...own, OPENAI_API_BASE_URL: 'http://127.0.0.1:4000' }))).toEqual([
      'OPENAI_API_BASE_URL is the address of this proxy itself (HOST and PROXY_PORT)',
    ]);
    expect(mistakesOf(() => fromFile('upstreams: [{ name: gpu, base_url: "http://localhost:4000/v1" }]', own))).toEqual(
      ['base_url of "gpu" is the address of this proxy itself (HOST and PROXY_PORT)'],
    );
  });
});

describe('the variables', () => {
  it('describe several upstreams', () => {
    const table = readSettings({
      UPSTREAMS: '[{"name":"a","base_url":"http://a"},{"name":"b","base_url":"http://b/v2"}]',
    }).mapping;
    expect(table.upstreams.map(({ baseUrl }) => baseUrl)).toEqual(['http://a/v1', 'http://b/v2']);
  });

  it('require at least one upstream', () => {
    expect(mistakesOf(() => readSettings({})).join()).toContain('OPENAI_API_BASE_URL is required');
  });

  it.each([
    ['UPSTREAMS', 'x', 'UPSTREAMS must be JSON'],
    ['UPSTREAMS', '{}', 'UPSTREAMS must be an array'],
    ['UPSTREAMS', '[{"name":"default","base_url":"http://a"}]', 'used twice'],
    ['UPSTREAM_HEADERS', '[1]', 'UPSTREAM_HEADERS must be an object of texts'],
  ])('%s=%s is rejected', (name, value, mistake) => {
    expect(mistakesOf(() => mapping({ [name]: value })).join()).toContain(mistake);
  });
});

describe('the HTTP proxy of an upstream', () => {
  const of = (baseUrl: string, variables: Record<string, string>): unknown =>
    readMapping({ OPENAI_API_BASE_URL: baseUrl, ...variables }).upstreams[0]?.httpProxy;

  it.each([
    ['http://a', { HTTP_PROXY: 'http://p:1', HTTPS_PROXY: 'http://q:2' }, 'http://p:1'],
    ['https://a', { HTTP_PROXY: 'http://p:1', HTTPS_PROXY: 'http://q:2' }, 'http://q:2'],
    ['https://a', { HTTP_PROXY: 'http://p:1' }, undefined],
    ['http://a', { HTTP_PROXY: 'p:1' }, 'http://p:1'],
    ['http://a', { HTTP_PROXY: 'http://p:1', http_proxy: 'http://low:1' }, 'http://low:1'],
    ['http://a', { HTTP_PROXY: ' ' }, undefined],
    ['http://a', {}, undefined],
  ])('for %s with %j is %s', (baseUrl, variables, url) => {
    expect(of(baseUrl, variables)).toEqual(url && { url, except: '' });
  });

  it('has the hosts of NO_PROXY', () => {
    expect(of('http://a', { HTTP_PROXY: 'http://p:1', no_proxy: 'b,.c' })).toEqual({
      url: 'http://p:1',
      except: 'b,.c',
    });
  });

  it.each(['socks5://p:1', 'http://', 'ftp://p'])('cannot be %s', (url) => {
    expect(() => of('http://a', { HTTP_PROXY: url })).toThrow('HTTP_PROXY must be the http or https URL of a proxy');
  });
});
