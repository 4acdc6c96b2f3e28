import { createHash } from 'node:crypto';
import type { Capability, OpenAiModel } from '#contracts';
import { displayName } from '#translation';
import type { VirtualModel } from '#virtual-models';
import { readApis } from './read-apis.js';
import { knownCapabilities, shownCapabilities } from './capabilities.js';
import type { ModelEntry } from './model-entry.js';
import { at } from './raw-list.js';
import { thinkingOf } from './thinking.js';
import type { AppliedRule } from './resolve.js';

/** Fields with the context length, most reliable first (protocol D43). */
const CONTEXT_PATHS: readonly (readonly string[])[] = [
  ['meta', 'n_ctx'],
  ['loaded_context_length'],
  ['max_model_len'],
  ['top_provider', 'context_length'],
  ['context_length'],
  ['context_window'],
  ['max_context_length'],
  ['model_info', 'max_input_tokens'],
  ['max_input_tokens'],
  ['model_info', 'max_tokens'],
  ['max_total_tokens'],
  ['inputTokenLimit'],
  ['meta', 'n_ctx_train'],
];

/** A larger `created` is in milliseconds. */
const MAX_CREATED_SECONDS = 1e11;

/** Date of models whose list has none: constant, and old enough that the model does not look new. */
const NO_DATE = '2024-01-01T00:00:00Z';

export function readEntry(raw: OpenAiModel): ModelEntry {
  const name = displayName(raw.id);
  const known = knownCapabilities(raw);
  const capabilities = shownCapabilities(raw.id, known);
  return {
    id: raw.id,
    name,
    knownCapabilities: known,
    capabilities,
    apis: readApis(raw),
    thinking: thinkingOf(raw),
    contextLength: firstPositive(raw, CONTEXT_PATHS),
    embeddingLength: firstPositive(raw, [
      ['meta', 'n_embd'],
      ['embedding_length'],
      ['model_info', 'output_vector_size'],
    ]),
    parameterCount: firstPositive(raw, [['meta', 'n_params']]),
    quantization: textOf(at(raw, 'meta', 'ftype') ?? raw.quantization).replace(/^all /, ''),
    family: familyOf(raw.id),
    size: firstPositive(raw, [['meta', 'size']]) ?? 0,
    modifiedAt: toDate(raw.created),
    digest: digestOf(name, capabilities),
    raw,
  };
}

/** The entry `target` with the name and properties of a rule; without a target, an entry with defaults. */
export function withRule(target: ModelEntry | undefined, name: string, { rule, model }: AppliedRule): ModelEntry {
  const base = target ?? readEntry({ id: model });
  const alias = displayName(rule.name.includes('*') ? name : rule.name);
  const capabilities = (rule.capabilities as Capability[] | undefined) ?? base.capabilities;
  return {
    ...base,
    name: alias,
    capabilities,
    knownCapabilities: rule.capabilities ? knownOf(capabilities) : base.knownCapabilities,
    thinking: rule.thinking ? thinkingOf({ thinking: rule.thinking }) : base.thinking,
    contextLength: rule.contextLength ?? base.contextLength,
    digest: digestOf(alias, capabilities),
  };
}

/** The entry of a virtual model; its base may have gone from the list. */
export function withAdditions(base: ModelEntry | undefined, virtual: VirtualModel): ModelEntry {
  const { name, capabilities, modifiedAt, digest } = virtual;
  const entry = base ?? readEntry({ id: virtual.base });
  return {
    ...entry,
    name,
    ...(capabilities && { capabilities, knownCapabilities: knownOf(capabilities) }),
    modifiedAt,
    digest,
    raw: { ...entry.raw, created: Math.floor(Date.parse(modifiedAt) / 1000), owned_by: 'library' },
    virtual,
  };
}

function knownOf(capabilities: readonly Capability[]): ModelEntry['knownCapabilities'] {
  return Object.fromEntries(ALL.map((each) => [each, capabilities.includes(each)]));
}

const ALL: readonly Capability[] = [
  'completion',
  'tools',
  'insert',
  'vision',
  'embedding',
  'thinking',
  'audio',
  'decision',
];

function digestOf(name: string, capabilities: readonly string[]): string {
  return createHash('sha256')
    .update([name, ...capabilities].join('\n'))
    .digest('hex');
}

function firstPositive(raw: unknown, paths: readonly (readonly string[])[]): number | undefined {
  for (const path of paths) {
    const value = at(raw, ...path);
    if (typeof value === 'number' && Number.isSafeInteger(value) && value > 0) return value;
  }
  return undefined;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** `vendor/llama-3.1-8b:free` → `llama`. Clients show it, and use it as the prefix of keys in model_info. */
function familyOf(id: string): string {
  const last = id.slice(id.lastIndexOf('/') + 1);
  return /^[A-Za-z]+\d*(?=[-_.:]|$)/.exec(last)?.[0].toLowerCase() ?? 'unknown';
}

function toDate(created: unknown): string {
  if (typeof created !== 'number' || !(created > 0)) return NO_DATE;
  const date = new Date(created > MAX_CREATED_SECONDS ? created : created * 1000);
  return Number.isNaN(date.getTime()) ? NO_DATE : date.toISOString().replace('.000Z', 'Z');
}
