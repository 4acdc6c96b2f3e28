import { numberOf, stringOf } from '../json.js';
import type { JsonObject } from '../json.js';
import * as find from './find-values.js';

/** Where in an object a value is wanted. */
export interface Place {
  readonly name: string;
  readonly required: boolean;
}

/** The text values come from. */
export interface PromptSource {
  readonly text: string;
  /** Results of tools, for what is named an answer. */
  readonly results: readonly string[];
  /** Name of the tool whose arguments are wanted; decides what a property such as `input` is. */
  readonly tool: string | undefined;
  /** Where files are looked for, if the conversation names it. */
  readonly folder: string | undefined;
}

/** Long prompts begin with what programs add; the user's words come last. */
const MAX_PROMPT_CHARACTERS = 8000;

/** What properties of such names hold. The word of a name that comes last decides. */
const KINDS: readonly (readonly [words: RegExp, find: find.Find])[] = [
  [/^(paths?|files?|filename|filepath)$/, find.findPaths],
  [/^(dir|directory|folder|workdir|cwd)$/, find.findFolders],
  [/^(urls?|uri|link|href|website)$/, find.findUrls],
  [/^(e?mail|recipient)$/, find.findEmails],
  [/^(date|day)$/, find.findDates],
  [
    /^(expr|expression|formula|equation|calc|calculate|calculator|calculation|math|maths|evaluate|sum)$/,
    find.findOperations,
  ],
  [/^(contents?|text|body|message|string|str|data|code)$/, find.findContents],
  [/^(city|location|place|town|country|region|destination|weather)$/, find.findPlaces],
  [/^(command|cmd|bash|shell)$/, find.findCommands],
  [/^(query|question|search|topic|prompt|task|input|description|title)$/, find.findQuestions],
];
/** Names that say nothing; the name of the tool does. */
const ANY_INPUT = new Set(['input', 'arg', 'args', 'value', 'query', 'q']);

const FORMATS: Readonly<Record<string, find.Find>> = {
  date: find.findDates,
  email: find.findEmails,
  uri: find.findUrls,
  url: find.findUrls,
};

/** Names of an operation, by the operator between two numbers. */
const OPERATIONS: Readonly<Record<string, RegExp>> = {
  '+': /^(\+|add(ition)?|plus|sum)$/i,
  '-': /^(-|sub(tract(ion)?)?|minus)$/i,
  '*': /^(\*|×|x|mul(tiply|tiplication)?|times)$/i,
  '/': /^(\/|÷|div(ide|ision)?)$/i,
};

/** Values for a schema that stand in a prompt. Each is given once, in order of appearance. */
export class PromptValues {
  private readonly text: string;
  private readonly numbers: number[];
  private readonly used = new Set<string>();

  constructor(private readonly source: PromptSource) {
    this.text = source.text.slice(-MAX_PROMPT_CHARACTERS);
    this.numbers = find.findNumbers(this.text);
  }

  /** The choice the prompt names, or the operation of its first sum. */
  choice(choices: readonly unknown[]): unknown {
    const named = choices.find((choice) => typeof choice === 'string' && find.hasWord(this.text, choice));
    if (named !== undefined) return named;
    const operator = find.findOperations(this.text)[0]?.match(/(?<=[\d)]\s*)[-+*/]/)?.[0];
    const form = operator === undefined ? undefined : OPERATIONS[operator];
    return form && choices.find((choice) => typeof choice === 'string' && form.test(choice));
  }

  number(schema: JsonObject, whole: boolean, { name, required }: Place): number | undefined {
    const fits = (value: number): boolean => isNumberOf(schema, whole, value);
    const named = Number(find.findNamed(this.text, find.wordsOf(name)) ?? Number.NaN);
    const counted = Number(
      new RegExp(`(-?\\d+(?:\\.\\d+)?) ${escape(name)}\\b`, 'i').exec(this.text)?.[1] ?? Number.NaN,
    );
    const explicit = [named, counted].find((value) => !Number.isNaN(value));
    const value = explicit ?? (required ? this.numbers.find(fits) : undefined);
    if (value === undefined || !fits(value)) return undefined;
    const index = this.numbers.indexOf(value);
    if (index !== -1) this.numbers.splice(index, 1);
    return value;
  }

  /** All numbers that are left, if a list may hold them. */
  allNumbers(list: JsonObject, items: JsonObject, whole: boolean): number[] | undefined {
    const fitting = this.numbers.filter((value) => isNumberOf(items, whole, value));
    const numbers = (list.uniqueItems ? [...new Set(fitting)] : fitting).slice(0, numberOf(list.maxItems) ?? Infinity);
    if (numbers.length === 0 || numbers.length < (numberOf(list.minItems) ?? 0)) return undefined;
    this.numbers.length = 0;
    return numbers;
  }

  string(schema: JsonObject, { name, required }: Place): string | undefined {
    const words = find.wordsOf(name);
    const named = find.findNamed(this.text, words);
    const candidates = [
      ...(named === undefined ? [] : [named]),
      ...this.resultsFor(words),
      ...this.findKind(schema, words),
      ...(required ? find.findContents(this.text) : []),
    ];
    const value = candidates.find((candidate) => !this.used.has(candidate) && isStringOf(schema, candidate));
    if (value === undefined) return undefined;
    this.used.add(value);
    return this.isWantedAbsolute(schema, words) && !value.startsWith('/')
      ? `${this.source.folder ?? ''}/${value}`
      : value;
  }

  private isWantedAbsolute({ description }: JsonObject, words: readonly string[]): boolean {
    const isPath = words.some((word) => /^(path|file|filepath)$/.test(word));
    return isPath && this.source.folder !== undefined && /\babsolute\b/i.test(stringOf(description) ?? '');
  }

  private resultsFor(words: readonly string[]): readonly string[] {
    return words.some((word) => /^(answer|result|response|output)$/.test(word)) ? this.source.results.slice(-1) : [];
  }

  private findKind(schema: JsonObject, words: readonly string[]): string[] {
    const format = stringOf(schema.format);
    if (format !== undefined) return FORMATS[format]?.(this.text) ?? [];
    const toolWords = words.length === 1 && ANY_INPUT.has(words[0] ?? '') ? find.wordsOf(this.source.tool ?? '') : [];
    for (const word of [...toolWords.toReversed(), ...words.toReversed()]) {
      const kind = KINDS.find(([form]) => form.test(word));
      const found = kind?.[1](this.text) ?? [];
      if (found.length > 0) return found;
    }
    return [];
  }
}

function isNumberOf(schema: JsonObject, whole: boolean, value: number): boolean {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema;
  const step = numberOf(multipleOf) ?? (whole ? 1 : undefined);
  return (
    value >= (numberOf(minimum) ?? -Infinity) &&
    value <= (numberOf(maximum) ?? Infinity) &&
    value > (numberOf(exclusiveMinimum) ?? -Infinity) &&
    value < (numberOf(exclusiveMaximum) ?? Infinity) &&
    (step === undefined || value % step === 0)
  );
}

function isStringOf(schema: JsonObject, value: string): boolean {
  const length = Array.from(value).length;
  if (length < (numberOf(schema.minLength) ?? 0) || length > (numberOf(schema.maxLength) ?? Infinity)) return false;
  const format = stringOf(schema.format);
  if (format !== undefined && FORMATS[format]?.(value)[0] !== value) return false;
  const pattern = stringOf(schema.pattern);
  if (pattern === undefined) return true;
  try {
    return new RegExp(pattern, 'u').test(value);
  } catch {
    return false;
  }
}

function escape(text: string): string {
  return text.replaceAll(/[^\p{L}\d_]/gu, String.raw`\$&`);
}
