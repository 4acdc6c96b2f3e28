import { isRecord } from '#primitives';
import type { RequestRule } from './apply-rule.js';
import { applyRule, applyRuleOverrides } from './apply-rule.js';
import type { Body } from './shape-request.js';

/** How an agents' API differs from chat completions in what rules of the mapping file set. */
interface NativeForm {
  /** Fields of chat completions under another name. */
  readonly renamed: Readonly<Record<string, string>>;
  /** Fields of chat completions that the API does not have. */
  readonly missing: readonly string[];
  /** Fields of chat completions that the API has in an object: its name, and the name in it. */
  readonly nested: Readonly<Record<string, readonly [parent: string, child: string]>>;
  /** The value of such a field in the form of the API; undefined if it has none. */
  readonly toNested: (field: string, value: unknown) => unknown;
  /** The field for the system prompt. */
  readonly system: string;
  /** The field with the conversation. */
  readonly conversation: string;
}

const FORMS: Readonly<Record<'messages' | 'responses', NativeForm>> = {
  messages: {
    renamed: { max_completion_tokens: 'max_tokens', stop: 'stop_sequences' },
    missing: [
      ...['seed', 'presence_penalty', 'frequency_penalty', 'logit_bias', 'n', 'logprobs', 'top_logprobs'],
      ...['stream_options', 'verbosity'],
    ],
    nested: { reasoning_effort: ['output_config', 'effort'], response_format: ['output_config', 'format'] },
    toNested: (field, value) => (field === 'response_format' ? toMessagesFormat(value) : toMessagesEffort(value)),
    system: 'system',
    conversation: 'messages',
  },
  responses: {
    renamed: { max_tokens: 'max_output_tokens', max_completion_tokens: 'max_output_tokens' },
    missing: [
      ...['stop', 'seed', 'presence_penalty', 'frequency_penalty', 'logit_bias', 'n', 'logprobs'],
      'stream_options',
    ],
    nested: {
      reasoning_effort: ['reasoning', 'effort'],
      response_format: ['text', 'format'],
      verbosity: ['text', 'verbosity'],
    },
    toNested: (field, value) => (field === 'response_format' ? toResponsesFormat(value) : value),
    system: 'instructions',
    conversation: 'input',
  },
};

/** Applies a rule, which is written in fields of chat completions, to a client's request of an agents' API. */
export function applyNativeRule(api: 'messages' | 'responses', body: Body, rule: RequestRule): Body {
  const form = FORMS[api];
  // A clamp of the token limit is also one for requests without a limit.
  const { max } = rule.clamps.max_tokens ?? {};
  const limit = max === undefined ? {} : { [form.renamed.max_tokens ?? 'max_tokens']: max };
  const named = {
    ...rule,
    system: undefined,
    defaults: { ...limit, ...rename(rule.defaults, form) },
    clamps: rename(rule.clamps, form),
  };
  const drop = rule.drop.filter((field) => !(field in form.nested)).map((field) => form.renamed[field] ?? field);
  const nested = withNested(body, rule, form);
  const changed = applyRuleOverrides(applyRule(nested, named), { ...named, drop });
  if (rule.system === undefined || changed[form.system] !== undefined || beginsWithSystem(changed[form.conversation]))
    return changed;
  return { ...changed, [form.system]: rule.system };
}

/** Defaults and removals of fields that are in an object here. */
function withNested(body: Body, { defaults, drop }: RequestRule, { nested, toNested }: NativeForm): Body {
  let changed = body;
  for (const [field, [parent, child]] of Object.entries(nested)) {
    const known = isRecord(changed[parent]) ? changed[parent] : {};
    const value = field in defaults ? toNested(field, defaults[field]) : undefined;
    if (drop.includes(field)) {
      if (known[child] === undefined) continue;
      const { [child]: _dropped, ...rest } = known;
      const { [parent]: _parent, ...others } = changed;
      changed = Object.keys(rest).length > 0 ? { ...others, [parent]: rest } : others;
    } else if (value !== undefined && (known[child] ?? undefined) === undefined) {
      changed = { ...changed, [parent]: { ...known, [child]: value } };
    }
  }
  return changed;
}

/** Schemas alone: the Messages API has no JSON mode. */
function toMessagesFormat(format: unknown): unknown {
  if (!isRecord(format) || !isRecord(format.json_schema)) return undefined;
  return { type: 'json_schema', schema: format.json_schema.schema };
}

/** "none" has no counterpart: thinking is off there unless a client requests it. */
function toMessagesEffort(effort: unknown): unknown {
  if (effort === 'none') return undefined;
  return effort === 'minimal' ? 'low' : effort;
}

function toResponsesFormat(format: unknown): unknown {
  if (!isRecord(format) || !isRecord(format.json_schema)) return format;
  // Strictness is the default of this API alone.
  return { type: 'json_schema', ...format.json_schema, strict: format.json_schema.strict === true };
}

function rename<Value>(
  fields: Readonly<Record<string, Value>>,
  { renamed, missing, nested }: NativeForm,
): Record<string, Value> {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([field, value]) =>
      missing.includes(field) || field in nested ? [] : [[renamed[field] ?? field, value]],
    ),
  );
}

function beginsWithSystem(conversation: unknown): boolean {
  const first: unknown = Array.isArray(conversation) ? conversation[0] : undefined;
  return isRecord(first) && (first.role === 'system' || first.role === 'developer');
}
