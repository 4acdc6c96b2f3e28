import type { OpenAiMessage } from '#contracts';
import type { Body } from './shape-request.js';

/** Changes to every request for a model that an operator configured, in fields of the OpenAI format. */
export interface RequestRule {
  readonly defaults: Readonly<Record<string, unknown>>;
  readonly clamps: Readonly<Record<string, { readonly min?: number; readonly max?: number }>>;
  readonly system: string | undefined;
  readonly drop: readonly string[];
  readonly extraBody: Readonly<Record<string, unknown>>;
}

/** Adds defaults and a system prompt where the client sent none, and limits numbers. */
export function applyRule(request: object, rule: RequestRule | undefined): Body {
  const body = request as Body;
  if (!rule) return body;
  const result: Body = { ...rule.defaults, ...body };
  for (const [field, { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY }] of Object.entries(
    rule.clamps,
  )) {
    const value = result[field];
    if (typeof value === 'number') result[field] = Math.min(Math.max(value, min), max);
    else if (field === 'max_tokens' && value === undefined && Number.isFinite(max)) result[field] = max;
  }
  const messages = result.messages as OpenAiMessage[] | undefined;
  if (rule.system !== undefined && messages && messages[0]?.role !== 'system') {
    result.messages = [{ role: 'system', content: rule.system }, ...messages];
  }
  return result;
}

/** Removes and adds fields last, so that nothing else changes them. */
export function applyRuleOverrides(body: Body, rule: RequestRule | undefined): Body {
  if (!rule || (rule.drop.length === 0 && Object.keys(rule.extraBody).length === 0)) return body;
  const kept = Object.entries(body).filter(([field]) => !rule.drop.includes(field));
  return { ...Object.fromEntries(kept), ...rule.extraBody };
}
