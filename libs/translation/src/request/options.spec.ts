import { describe, expect, it } from 'vitest';
import { ProxyException } from '#errors';
import { checkOptions, toSamplingParameters } from './options.js';

const INTEGERS = [
  ...['num_keep', 'seed', 'num_predict', 'top_k', 'repeat_last_n', 'num_ctx', 'num_batch', 'num_gpu'],
  ...['main_gpu', 'num_thread', 'draft_num_predict'],
];
const FLOATS = [
  ...['top_p', 'min_p', 'typical_p', 'temperature', 'repeat_penalty', 'presence_penalty', 'frequency_penalty'],
];

describe('options', () => {
  it.each<[string, unknown, string]>([
    ...INTEGERS.map((name): [string, unknown, string] => [name, 'x', 'integer']),
    ...FLOATS.map((name): [string, unknown, string] => [name, '0.5', 'float32']),
    ['temperature', true, 'float32'],
    ['num_ctx', [4096], 'integer'],
    ['use_mmap', 1, 'boolean'],
    ['stop', 'x', 'array'],
    ['stop', {}, 'array'],
  ])('refuses %s: %j with status 500, as Ollama does', (name, value, type) => {
    const check = (): void => checkOptions({ [name]: value });

    expect(check).toThrow(new ProxyException(`option "${name}" must be of type ${type}`, 500));
  });

  it('refuses stop sequences that are too long together', () => {
    for (const stop of [['x', 1], [null]])
      expect(() => checkOptions({ stop })).toThrow(
        new ProxyException('option "stop" must be of an array of strings', 500),
      );
    const check = (): void => checkOptions({ stop: ['x'.repeat(65_536), 'y'] });

    expect(check).toThrow('option "stop" must have at most 65536 characters in total');
    expect(() => checkOptions({ stop: ['x'.repeat(65_536)] })).not.toThrow();
  });

  it.each<Record<string, unknown>>([
    {},
    { temperature: null, stop: null, num_ctx: null, use_mmap: null },
    { num_ctx: 2048.7, temperature: 1, seed: -1, stop: [], use_mmap: false },
    { mirostat: 'x', numa: [], tfs_z: {}, low_vram: 1 },
    { Temperature: 'x', TOP_K: 'x' },
    { __proto__: { temperature: 'x' }, constructor: 'x', toString: 1 },
  ])('accepts %j', (options) => {
    expect(() => checkOptions(options)).not.toThrow();
  });

  it.each([
    [{ temperature: 0 }, { temperature: 0 }],
    [
      { temperature: 0.7, top_p: 0.9 },
      { temperature: 0.7, top_p: 0.9 },
    ],
    [
      { presence_penalty: 0, frequency_penalty: -1.5 },
      { presence_penalty: 0, frequency_penalty: -1.5 },
    ],
    [{ seed: 42 }, { seed: 42 }],
    [{ seed: 0 }, { seed: 0 }],
    [{ seed: -1 }, {}],
    [{ seed: 1.9 }, { seed: 1 }],
    [{ num_predict: 100 }, { max_tokens: 100 }],
    [{ num_predict: 99.9 }, { max_tokens: 99 }],
    [{ num_predict: 0 }, {}],
    [{ num_predict: -1 }, {}],
    [{ num_predict: -2 }, {}],
    [{ top_k: 40 }, { top_k: 40 }],
    [{ top_k: 0 }, { top_k: 0 }],
    [{ top_k: -1 }, {}],
    [{ stop: ['a', 'b'] }, { stop: ['a', 'b'] }],
    [{ stop: ['', 'b'] }, { stop: ['b'] }],
    [{ stop: [''] }, {}],
    [{ stop: [] }, {}],
    [{ stop: null, temperature: null, seed: null }, {}],
    [
      { min_p: 0.1, typical_p: 0.9 },
      { min_p: 0.1, typical_p: 0.9 },
    ],
    [
      { repeat_penalty: 1.1, repeat_last_n: -1 },
      { repeat_penalty: 1.1, repeat_last_n: -1 },
    ],
    [{ num_ctx: 4096, num_gpu: 1, num_thread: 8, use_mmap: true, num_keep: 4 }, {}],
    [{ mirostat: 2, unknown: 1, Temperature: 1 }, {}],
    [{}, {}],
  ])('of %j sends %j and nothing else', (options, parameters) => {
    expect(toSamplingParameters(options)).toStrictEqual(parameters);
  });

  it('never sends what JSON cannot say', () => {
    const options = JSON.parse('{"temperature":1e999,"seed":1e999,"num_predict":1e999}') as Record<string, unknown>;

    expect(JSON.stringify(toSamplingParameters(options))).toBe('{}');
  });
});
