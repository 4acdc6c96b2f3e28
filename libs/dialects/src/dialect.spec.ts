import { describe, expect, it } from 'vitest';
import { DIALECT_NAMES } from '#config';
import { findDialect, dialectOfModel, dialectOfRejection, DIALECTS, PLAIN } from './dialect.js';
import { shapeRequest } from './shape-request.js';

interface Row {
  readonly name: string;
  /** An entry of a model list that gives it away. */
  readonly entry?: Record<string, unknown>;
  /** A refusal that gives it away. */
  readonly refusal?: string;
  /** What "thinking on", "a little" and "off" become. */
  readonly on: object;
  readonly low: object;
  readonly off: object;
}

const EFFORT = { on: { reasoning_effort: 'medium' }, low: { reasoning_effort: 'low' } };
const TEMPLATE = {
  on: { chat_template_kwargs: { enable_thinking: true } },
  low: { chat_template_kwargs: { enable_thinking: true, reasoning_effort: 'low' } },
  off: { chat_template_kwargs: { enable_thinking: false } },
};
const TYPE = {
  on: { thinking: { type: 'enabled' } },
  low: { thinking: { type: 'enabled' } },
  off: { thinking: { type: 'disabled' } },
};
const NOTHING = { on: {}, low: {}, off: {} };

const ROWS: readonly Row[] = [
  { name: 'plain', entry: { id: 'x', owned_by: 'somebody' }, ...EFFORT, off: { reasoning_effort: 'none' } },
  {
    name: 'openai',
    entry: { owned_by: 'system' },
    refusal: 'Unrecognized request argument supplied: top_k',
    ...EFFORT,
    off: {},
  },
  {
    name: 'openai-reasoning',
    refusal: "Unsupported parameter: 'max_tokens' is not supported with this model.",
    ...EFFORT,
    off: {},
  },
  { name: 'llama.cpp', entry: { owned_by: 'llamacpp' }, ...TEMPLATE },
  { name: 'vllm', entry: { owned_by: 'vllm' }, ...TEMPLATE },
  {
    name: 'openrouter',
    entry: { supported_parameters: ['tools'], pricing: {} },
    on: { reasoning: { enabled: true } },
    low: { reasoning: { effort: 'low' } },
    off: { reasoning: { enabled: false } },
  },
  { name: 'mistral', entry: { owned_by: 'mistralai' }, refusal: '{"detail":[{"type":"extra_forbidden"}]}', ...NOTHING },
  { name: 'groq', refusal: "property 'top_k' is unsupported", ...EFFORT, off: {} },
  {
    name: 'gemini',
    entry: { id: 'models/x' },
    refusal: 'Unknown name "seed": Cannot find field.',
    ...EFFORT,
    off: { reasoning_effort: 'none' },
  },
  { name: 'fireworks', refusal: "Extra inputs are not permitted, field: 'x'", ...EFFORT, off: {} },
  { name: 'deepseek', entry: { owned_by: 'deepseek' }, ...TYPE },
  { name: 'cerebras', entry: { owned_by: 'Cerebras' }, ...EFFORT, off: {} },
  { name: 'lmstudio', ...EFFORT, off: { reasoning_effort: 'none' } },
  { name: 'perplexity', ...NOTHING },
  { name: 'zai', ...TYPE },
  { name: 'alibaba', on: { enable_thinking: true }, low: { enable_thinking: true }, off: { enable_thinking: false } },
  {
    name: 'together',
    entry: { type: 'chat', context_length: 1, display_name: 'X' },
    ...EFFORT,
    off: { reasoning_effort: 'none' },
  },
];

describe('the table of dialects', () => {
  it.each(ROWS)('$name is recognised and switches thinking in its way', ({ name, entry, refusal, on, low, off }) => {
    if (entry) expect(dialectOfModel(entry).name).toBe(name);
    if (refusal !== undefined) expect(dialectOfRejection(refusal)?.name).toBe(name);
    const profile = { dialect: findDialect(name)!, adaptations: [] };
    expect(shapeRequest({ reasoning_effort: 'default' }, profile).body).toEqual(on);
    expect(shapeRequest({ reasoning_effort: 'low' }, profile).body).toEqual(low);
    expect(shapeRequest({ reasoning_effort: 'none' }, profile).body).toEqual(off);
  });

  it('has a row here for each in the table', () => {
    expect(ROWS.map(({ name }) => name).sort()).toEqual([PLAIN, ...DIALECTS].map(({ name }) => name).sort());
  });

  it('has the rows that the configuration accepts', () => {
    expect([PLAIN, ...DIALECTS].map(({ name }) => name)).toEqual(DIALECT_NAMES);
  });

  it('is the plain one for a model that no list has', () => {
    expect(dialectOfModel(undefined)).toBe(PLAIN);
    expect(findDialect('unknown')).toBeUndefined();
  });
});
