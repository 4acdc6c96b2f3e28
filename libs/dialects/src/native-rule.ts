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
      ...['response_format', 'reasoning_effort', 'stream_options'],
    ],
    system: 'system',
    conversation: 'messages',
  },
  responses: {
    renamed: { max_tokens: 'max_output_tokens', max_completion_tokens: 'max_output_tokens' },
    missing: [
      ...['stop', 'seed', 'presence_penalty', 'frequency_penalty', 'logit_bias', 'n', 'logprobs'],
      ...['response_format', 'reasoning_effort', 'stream_options'],
    ],
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
  const drop = rule.drop.map((field) => form.renamed[field] ?? field);
  const changed = applyRuleOverrides(applyRule(body, named), { ...named, drop });
  if (rule.system === undefined || changed[form.system] !== undefined || beginsWithSystem(changed[form.conversation]))
    return changed;
  return { ...changed, [form.system]: rule.system };
}

function rename<Value>(
  fields: Readonly<Record<string, Value>>,
  { renamed, missing }: NativeForm,
): Record<string, Value> {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([field, value]) =>
      missing.includes(field) ? [] : [[renamed[field] ?? field, value]],
    ),
  );
}

function beginsWithSystem(conversation: unknown): boolean {
  const first: unknown = Array.isArray(conversation) ? conversation[0] : undefined;
  return isRecord(first) && (first.role === 'system' || first.role === 'developer');
}
