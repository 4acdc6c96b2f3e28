import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ConfigurationError } from './environment.js';
import type { RoutingTable } from './routing.js';
import { readSettings } from './settings.js';

const folder = mkdtempSync(join(tmpdir(), 'routing-'));
afterAll(() => rmSync(folder, { recursive: true }));

let files = 0;
function file(content: string): string {
  const path = join(folder, `${String((files += 1))}.yaml`);
  writeFileSync(path, content);
  return path;
}

function routing(environment: Record<string, string>): RoutingTable {
  return readSettings({ OPENAI_API_BASE_URL: 'http://localhost:8080', ...environment }).routing;
}

const fromFile = (content: string, more: Record<string, string> = {}) =>
  routing({ MODEL_MAPPING_FILE: file(content), ...more });

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

  it('describes several backends and rules, with keys from variables', () => {
    const table = fromFile(
      `
upstreams:
  - { name: gpu, base_url: "http://gpu:8000", api_key: "\${GPU_KEY}", weight: 3 }
  - { name: cloud, base_url: "https://x.example/openai/deployments/{model}?api-version=1", api_key: k, api_key_header: api-key, priority: 1, dialect: openai }
models:
  - { name: "small-*", model: "vendor/*", upstreams: [gpu], defaults: { temperature: 0.2 }, clamps: { max_tokens: { max: 100 } }, system: Be brief., drop: [seed], extra_body: { x: 1 } }
  - { name: big, model: gpt, upstream: cloud, capabilities: [completion], context_length: 1000 }
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
    expect(table.rules[1]).toMatchObject({ upstreams: ['cloud'], capabilities: ['completion'], contextLength: 1000 });
  });

  it.each<[string, string]>([
    ['{"a": 1}', 'MODEL_MAPPING_FILE.model_mappings.a must be the name of a model'],
    ['[]', 'MODEL_MAPPING_FILE must hold an object'],
    ['{oops', 'MODEL_MAPPING_FILE is neither JSON nor YAML'],
    ['upstreams: [{ name: a, base_url: nonsense }]', 'MODEL_MAPPING_FILE.upstreams[0].base_url'],
    ['upstreams: [{ name: a, base_url: "http://a", typo: 1 }]', 'MODEL_MAPPING_FILE.upstreams[0].typo'],
    ['upstreams: [{ name: a, base_url: "http://a", api_key: "${NOT_SET}" }]', 'the variable NOT_SET is not set'],
    ['upstreams: [{ name: a, base_url: "http://a", dialect: klingon }]', 'MODEL_MAPPING_FILE.upstreams[0].dialect'],
    ['upstreams: [{ name: a, base_url: "http://a", weight: many }]', 'upstreams[0].weight: weight must be a number'],
    ['models: [{ name: a, upstream: nowhere }]', 'no upstream is named "nowhere"'],
    ['models: [{ name: "a*b*c" }]', 'MODEL_MAPPING_FILE.models[0].name'],
  ])('says of %s what is wrong', (content, mistake) => {
    expect(mistakesOf(() => fromFile(content)).join('\n')).toContain(mistake);
  });

  it('says of a file that is not there that it cannot be read', () => {
    expect(mistakesOf(() => routing({ MODEL_MAPPING_FILE: join(folder, 'nowhere') }))).toEqual([
      'MODEL_MAPPING_FILE cannot be read',
    ]);
  });
});

describe('the variables', () => {
  it('describe several backends', () => {
    const table = readSettings({
      UPSTREAMS: '[{"name":"a","base_url":"http://a"},{"name":"b","base_url":"http://b/v2"}]',
    }).routing;
    expect(table.upstreams.map(({ baseUrl }) => baseUrl)).toEqual(['http://a/v1', 'http://b/v2']);
  });

  it('demand at least one backend', () => {
    expect(mistakesOf(() => readSettings({})).join()).toContain('OPENAI_API_BASE_URL is required');
  });

  it.each([
    ['UPSTREAMS', 'x', 'UPSTREAMS is not JSON'],
    ['UPSTREAMS', '{}', 'UPSTREAMS must be a JSON array'],
    ['UPSTREAMS', '[{"name":"default","base_url":"http://a"}]', 'used twice'],
    ['UPSTREAM_HEADERS', '[1]', 'UPSTREAM_HEADERS must be a JSON object of texts'],
  ])('%s=%s is refused', (name, value, mistake) => {
    expect(mistakesOf(() => routing({ [name]: value })).join()).toContain(mistake);
  });
});
