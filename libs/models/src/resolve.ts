import type { ModelRule } from '#config';
import { canonicalName } from '#translation';

/** A rule that applies to a name, and the upstream's id that results. */
export interface AppliedRule {
  readonly rule: ModelRule;
  readonly model: string;
}

/** The rule for a name: an exact name takes precedence over a pattern, an earlier pattern over a later one. */
export function ruleFor(name: string, rules: readonly ModelRule[]): AppliedRule | undefined {
  const canonical = canonicalName(name);
  const exact = rules.find((rule) => canonicalName(rule.name) === canonical);
  if (exact) return { rule: exact, model: exact.model ?? name };
  for (const rule of rules) {
    const filling = match(rule.name, canonical);
    if (filling !== undefined) return { rule, model: rule.model?.replace('*', filling) ?? canonical };
  }
  return undefined;
}

/** The part of a name that matches the `*` of a pattern; undefined if the pattern does not match. */
function match(pattern: string, name: string): string | undefined {
  const [before = '', after] = pattern.toLowerCase().split('*');
  if (after === undefined || name.length < before.length + after.length) return undefined;
  if (!name.startsWith(before) || !name.endsWith(after)) return undefined;
  return name.slice(before.length, name.length - after.length);
}
