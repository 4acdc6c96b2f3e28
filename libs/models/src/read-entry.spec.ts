import { describe, expect, it } from 'vitest';
import { readEntry } from './read-entry.js';

type Raw = Record<string, unknown>;

describe('entry of a model list', () => {
  it.each([
    ['gpt-4o', 'gpt-4o:latest', 'gpt'],
    ['llama3.1:8b', 'llama3.1:8b', 'llama3'],
    ['vendor/llama-3.1-8b', 'vendor/llama-3.1-8b:latest', 'llama'],
    ['vendor/llama-3.1-8b:free', 'vendor/llama-3.1-8b:free', 'llama'],
    ['accounts/x/models/qwen2p5', 'accounts/x/models/qwen2p5:latest', 'unknown'],
    ['models/gemini-2.5-pro', 'gemini-2.5-pro:latest', 'gemini'],
    ['/models/Qwen2.5.gguf', '/models/Qwen2.5.gguf:latest', 'qwen2'],
    ['o1', 'o1:latest', 'o1'],
    ['7b-model', '7b-model:latest', 'unknown'],
  ])('%s is shown as %s, of the family %s', (id, name, family) => {
    expect(readEntry({ id })).toMatchObject({ id, name, family });
  });

  it.each<[Raw, number | undefined]>([
    [{ meta: { n_ctx: 4096, n_ctx_train: 131_072 } }, 4096],
    [{ meta: { n_ctx_train: 131_072 } }, 131_072],
    [{ loaded_context_length: 8192, max_context_length: 32_768 }, 8192],
    [{ max_model_len: 131_072 }, 131_072],
    [{ context_length: 200_000, top_provider: { context_length: 128_000 } }, 128_000],
    [{ context_length: 200_000, top_provider: { context_length: null } }, 200_000],
    [{ context_window: 131_072 }, 131_072],
    [{ max_context_length: 32_768 }, 32_768],
    [{ model_info: { max_input_tokens: 128_000, max_tokens: 4096 } }, 128_000],
    [{ max_input_tokens: 512 }, 512],
    [{ max_total_tokens: 2048 }, 2048],
    [{ inputTokenLimit: 1_048_576 }, 1_048_576],
    [{ context_length: 0, context_window: 100 }, 100],
    [{ context_length: '4096' }, undefined],
    [{ context_length: -1 }, undefined],
    [{ context_length: 4096.5 }, undefined],
    [{ meta: null }, undefined],
    [{}, undefined],
  ])('with %j has the context length %j', (raw, contextLength) => {
    expect(readEntry({ id: 'm', ...raw }).contextLength).toBe(contextLength);
  });

  it('has the file data of llama.cpp', () => {
    const meta = { n_embd: 4096, n_params: 8_030_261_312, ftype: 'all F32', size: 4_920_000_000 };

    expect(readEntry({ id: 'm', meta })).toMatchObject({
      embeddingLength: 4096,
      parameterCount: 8_030_261_312,
      quantization: 'F32',
      size: 4_920_000_000,
    });
    expect(readEntry({ id: 'm', quantization: 'Q4_K_M' }).quantization).toBe('Q4_K_M');
  });

  it.each([
    [1_686_935_002, '2023-06-16T17:03:22Z'],
    [1_726_531_200_000, '2024-09-17T00:00:00Z'],
    [1_726_531_200_123, '2024-09-17T00:00:00.123Z'],
    [0, '2024-01-01T00:00:00Z'],
    [null, '2024-01-01T00:00:00Z'],
    [undefined, '2024-01-01T00:00:00Z'],
    ['2024', '2024-01-01T00:00:00Z'],
    [-5, '2024-01-01T00:00:00Z'],
    [Number.NaN, '2024-01-01T00:00:00Z'],
    [1e300, '2024-01-01T00:00:00Z'],
  ])('created at %j was modified at %s', (created, modifiedAt) => {
    expect(readEntry({ id: 'm', ...(created !== undefined && { created }) }).modifiedAt).toBe(modifiedAt);
  });

  it('has a digest that stays, and differs for another name or another capability', () => {
    const digests = [{ id: 'a' }, { id: 'a', created: 5 }, { id: 'b' }, { id: 'a', supports_vision: true }].map(
      (raw) => readEntry(raw).digest,
    );

    expect(digests[0]).toMatch(/^[0-9a-f]{64}$/);
    expect(digests[1]).toBe(digests[0]);
    expect(new Set(digests).size).toBe(3);
  });

  it('keeps the fields that the upstream sent', () => {
    const raw = { id: 'm', owned_by: 'vllm', extra: [1] };

    expect(readEntry(raw).raw).toEqual(raw);
  });
});
