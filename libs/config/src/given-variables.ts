import { isTextClose } from './text-distance.js';
import type { VariableInfo } from './variable.decorator.js';
import { declaredVariables } from './variable.decorator.js';

/** Environment variables by name. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** The environment as the rules of `Environment` check it. */
export interface GivenVariables {
  /** All non-empty variables without surrounding white space and quotes; aliases also have the name that they are for. */
  readonly values: Readonly<Record<string, string>>;
  /** Aliases that contradict the variable they are for. */
  readonly mistakes: readonly string[];
  /** Variables that are probably meant for this program but not read. */
  readonly warnings: readonly string[];
}

/** Variables that have precedence in lower case, as in curl and Go. */
const LOWER_CASE_FIRST = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY'];

/** Names that are too short to be a mistyped variable: HOME is not HOST. */
const MIN_SIMILAR_LENGTH = 5;

/**
 * Cleans the environment and resolves aliases. `docker --env-file` and Kubernetes keep the quotes, blanks and line breaks
 * around a value that a shell removes; no variable of this program needs them.
 */
export function readVariables(variables: Variables): GivenVariables {
  const values: Record<string, string> = {};
  for (const [name, value] of Object.entries(variables)) {
    const text = value === undefined ? '' : unquote(value);
    if (text !== '') values[name] = text;
  }
  for (const name of LOWER_CASE_FIRST) {
    const { [name.toLowerCase()]: lower } = values;
    if (lower === undefined) continue;
    values[name] = lower;
    // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- a plain object of variables
    delete values[name.toLowerCase()];
  }
  const declared = declaredVariables();
  const mistakes = declared.flatMap((variable) => resolveAliases(variable, values));
  return { values, mistakes, warnings: findUnread(declared, values) };
}

/** Variables of two sources. A variable of the first is not read from the second, whatever name it has in either. */
export function overlay(first: Variables, second: Variables): Variables {
  const nameSets = [
    ...declaredVariables().map(({ name, aliases = [] }) => [name, ...aliases]),
    ...LOWER_CASE_FIRST.map((name) => [name, name.toLowerCase()]),
  ];
  const hidden = new Set(nameSets.filter((names) => names.some((name) => isSet(first[name]))).flat());
  return { ...Object.fromEntries(Object.entries(second).filter(([name]) => !hidden.has(name))), ...first };
}

/** An empty variable is absent. */
const isSet = (value: string | undefined): boolean => value !== undefined && unquote(value) !== '';

/** Removes surrounding white space and quotes. */
export function unquote(value: string): string {
  const text = value.trim();
  const quoted = /^"([^"]*)"$|^'([^']*)'$/.exec(text);
  return quoted ? (quoted[1] ?? quoted[2] ?? '').trim() : text;
}

/** Gives the variable the value of its alias. Returns the mistakes. */
function resolveAliases({ name, aliases = [] }: VariableInfo, values: Record<string, string>): string[] {
  return aliases.flatMap((alias) => {
    const value = values[alias];
    if (value === undefined) return [];
    values[name] ??= value;
    return values[name] === value ? [] : [`${alias} is another name for ${name}, and both are set to different values`];
  });
}

function findUnread(declared: readonly VariableInfo[], values: Readonly<Record<string, string>>): string[] {
  const known = new Set(declared.flatMap(({ name, aliases = [] }) => [name, ...aliases]));
  const foreign = new Map(declared.flatMap(({ name, foreignNames = [] }) => foreignNames.map((each) => [each, name])));
  return Object.keys(values)
    .filter((name) => !known.has(name))
    .flatMap((name) => {
      const meant = foreign.get(name);
      if (meant !== undefined) return [`${name} is not read; the variable for this is ${meant}`];
      const similar = name.length < MIN_SIMILAR_LENGTH ? undefined : [...known].find((each) => isTextClose(name, each));
      return similar === undefined ? [] : [`${name} is not read; did you mean ${similar}?`];
    });
}
