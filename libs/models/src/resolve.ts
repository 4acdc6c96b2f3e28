import type { ModelRule } from '#config';
import { canonicalName, plainName } from '#translation';

/** A rule that applies to a name, and the upstream's id that results. */
export interface AppliedRule {
  readonly rule: ModelRule;
  readonly model: string;
}

/** The rule for a name: an exact name takes precedence over a pattern, an earlier pattern over a later one. */
export function ruleFor(name: string, rules: readonly ModelRule[]): AppliedRule | undefined {
  // Ids of upstreams are case-sensitive, so a pattern passes the name on as the client wrote it.
  const plain = plainName(name);
  const exact = exactRuleFor(name, rules);
  if (exact) return { rule: exact, model: exact.model ?? name };
  for (const rule of rules) {
    const filling = matchPattern(rule.name, plain);
    if (filling !== undefined) return { rule, model: rule.model?.replace('*', () => filling) ?? plain };
  }
  return undefined;
}

/** The rule that has the name itself. */
export function exactRuleFor(name: string, rules: readonly ModelRule[]): ModelRule | undefined {
  const canonical = canonicalName(name);
  return rules.find((rule) => canonicalName(rule.name) === canonical);
}

/** The part of a name that matches the `*` of a pattern; undefined if the pattern does not match. */
export function matchPattern(pattern: string, name: string): string | undefined {
  const [before = '', after] = pattern.toLowerCase().split('*');
  const lower = name.toLowerCase();
  if (after === undefined || name.length < before.length + after.length) return undefined;
  if (!lower.startsWith(before) || !lower.endsWith(after)) return undefined;
  return name.slice(before.length, name.length - after.length);
}
