import { describe, expect, it } from 'vitest';
import { dialectOf, DIALECTS, PLAIN } from './dialect.js';

const OPENROUTER_ENTRY = { id: 'vendor/m', supported_parameters: ['tools'] };
const ON = { chat_template_kwargs: { enable_thinking: true } };
const LOW = { chat_template_kwargs: { enable_thinking: true, reasoning_effort: 'low' } };
const OFF = { chat_template_kwargs: { enable_thinking: false } };

interface Row {
  name: string;
  entries: Record<string, unknown>[];
  extras: string[];
  on: object;
  low: object;
  max: object;
  off: object;
}

const ROWS: Row[] = [
  {
    name: 'plain',
    entries: [
      { id: 'gpt-4o', owned_by: 'system' },
      { id: 'x' },
      { id: 'x', owned_by: null },
      { supported_parameters: 'x' },
    ],
    extras: [],
    on: { reasoning_effort: 'medium' },
    low: { reasoning_effort: 'low' },
    max: { reasoning_effort: 'max' },
    off: {},
  },
  {
    name: 'llama.cpp',
    entries: [{ id: 'x.gguf', owned_by: 'llamacpp' }],
    extras: ['top_k', 'min_p', 'typical_p', 'repeat_penalty', 'repeat_last_n'],
    on: ON,
    low: LOW,
    max: { chat_template_kwargs: { enable_thinking: true, reasoning_effort: 'max' } },
    off: OFF,
  },
  {
    name: 'vllm',
    entries: [{ owned_by: 'vllm' }, { owned_by: 'sglang' }],
    extras: ['top_k', 'min_p', 'repetition_penalty'],
    on: ON,
    low: LOW,
    max: { chat_template_kwargs: { enable_thinking: true, reasoning_effort: 'max' } },
    off: OFF,
  },
  {
    name: 'openrouter',
    entries: [OPENROUTER_ENTRY, { supported_parameters: [] }],
    extras: ['top_k', 'min_p', 'repetition_penalty'],
    on: { reasoning: { enabled: true } },
    low: { reasoning: { effort: 'low' } },
    max: { reasoning: { effort: 'high' } },
    off: { reasoning: { enabled: false } },
  },
];

describe('dialect', () => {
  it.each(ROWS)('$name is known by its entries and speaks as it should', (row) => {
    for (const entry of row.entries) expect(dialectOf(entry).name).toBe(row.name);
    const { extras, thinking } = dialectOf(row.entries[0]);
    expect(extras).toEqual(row.extras);
    expect(thinking?.('default')).toEqual(row.on);
    expect(thinking?.('low')).toEqual(row.low);
    expect(thinking?.('max')).toEqual(row.max);
    expect(thinking?.('none')).toEqual(row.off);
  });

  it('has a row here for each in the table', () => {
    expect(ROWS.map(({ name }) => name).sort()).toEqual([PLAIN, ...DIALECTS].map(({ name }) => name).sort());
  });

  it('is the plain one for a model that no list has', () => {
    expect(dialectOf(undefined)).toBe(PLAIN);
  });
});
