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

const LIMIT = 'max_tokens';
const NEW_LIMIT = 'max_completion_tokens';
const SYSTEM_ROLES: ReadonlySet<string> = new Set(['system', 'developer']);

/** Whether a rule changes requests at all. */
export function changesRequests(rule: RequestRule | undefined): rule is RequestRule {
  if (!rule) return false;
  const { defaults, clamps, system, drop, extraBody } = rule;
  return (
    system !== undefined ||
    drop.length > 0 ||
    [defaults, clamps, extraBody].some((each) => Object.keys(each).length > 0)
  );
}

/** Adds defaults and a system prompt where the client sent none, and limits numbers. */
export function applyRule(request: object, rule: RequestRule | undefined): Body {
  const body = request as Body;
  if (!rule) return body;
  const { [LIMIT]: limit, ...defaults } = rule.defaults;
  // Two names of one limit, of which a request may have one.
  const isLimited = limit === undefined || body[NEW_LIMIT] !== undefined;
  const result: Body = { ...defaults, ...(!isLimited && { [LIMIT]: limit }), ...body };
  for (const [named, { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY }] of Object.entries(
    rule.clamps,
  )) {
    const field = named === LIMIT && result[NEW_LIMIT] !== undefined ? NEW_LIMIT : named;
    const value = result[field];
    if (typeof value === 'number') result[field] = Math.min(Math.max(value, min), max);
    else if (field === LIMIT && value === undefined && Number.isFinite(max)) result[field] = max;
  }
  const messages = result.messages as OpenAiMessage[] | undefined;
  if (rule.system !== undefined && messages && !SYSTEM_ROLES.has(messages[0]?.role ?? '')) {
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
