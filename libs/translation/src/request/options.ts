import type { OllamaOptions, OpenAiTextParameters } from '#contracts';
import { Options } from '#contracts';
import { BadRequestError, ProxyException } from '#errors';

/** Ollama's name for the type of each option, by the type in its schema. */
const OPTION_TYPES = new Map(
  Object.entries(Options.fields).map(([name, { kind }]) => [name, typeNameOf(kind.schema.type)]),
);

function typeNameOf(type: unknown): string {
  if (type === 'number') return 'float32';
  return type === 'array' ? 'strings' : String(type);
}

/** More would cost noticeable time and memory to watch for, where an upstream does not accept stop sequences. */
const MAX_STOP_CHARACTERS = 64 * 1024;

/** @throws ProxyException with status 500 and Ollama's text, odd as that status is (protocol W14) */
export function checkOptions(options: OllamaOptions): void {
  for (const name of Object.keys(options)) {
    const value = options[name];
    const type = OPTION_TYPES.get(name);
    if (type && value !== null) checkOption(name, value, type);
  }
}

function checkOption(name: string, value: unknown, type: string): void {
  if (type === 'strings') {
    if (!Array.isArray(value)) throw wrongType(name, 'array');
    if (!value.every((item) => typeof item === 'string'))
      throw new ProxyException(`option "${name}" must be of an array of strings`, 500);
    const characters = value.reduce((sum: number, { length }: string) => sum + length, 0);
    if (characters > MAX_STOP_CHARACTERS) {
      throw new BadRequestError(`option "${name}" must have at most ${MAX_STOP_CHARACTERS} characters in total`);
    }
    return;
  }
  if (typeof value !== (type === 'boolean' ? 'boolean' : 'number')) throw wrongType(name, type);
}

function wrongType(name: string, type: string): ProxyException {
  return new ProxyException(`option "${name}" must be of type ${type}`, 500);
}

type Convert = (value: number) => number | undefined;

const asIs: Convert = (value) => value;
const integer: Convert = (value) => Math.trunc(value);
/** -1 is Ollama's word for "random" or "off", which the OpenAI format says by leaving the field out. */
const notNegative: Convert = (value) => (Math.trunc(value) >= 0 ? Math.trunc(value) : undefined);
/** num_predict -1 and -2 mean "no limit" (protocol W15). */
const positive: Convert = (value) => (Math.trunc(value) > 0 ? Math.trunc(value) : undefined);

/** Each numeric option with its field in the OpenAI format. */
const NUMBERS: readonly (readonly [option: string, field: keyof OpenAiTextParameters, convert: Convert])[] = [
  ['temperature', 'temperature', asIs],
  ['top_p', 'top_p', asIs],
  ['seed', 'seed', notNegative],
  ['presence_penalty', 'presence_penalty', asIs],
  ['frequency_penalty', 'frequency_penalty', asIs],
  ['num_predict', 'max_tokens', positive],
  ['top_k', 'top_k', notNegative],
  ['min_p', 'min_p', asIs],
  ['typical_p', 'typical_p', asIs],
  ['repeat_penalty', 'repeat_penalty', asIs],
  ['repeat_last_n', 'repeat_last_n', integer],
];

/**
 * The options that the client set, under the names of the OpenAI format. No defaults are added, since an upstream's own are
 * better than Ollama's (protocol W40). The dialect of an upstream decides which options it gets.
 */
export function toSamplingParameters(options: OllamaOptions): Partial<OpenAiTextParameters> {
  const parameters: Record<string, unknown> = {};
  for (const [option, field, convert] of NUMBERS) {
    const value = options[option];
    if (typeof value !== 'number' || !Number.isFinite(value)) continue;
    const converted = convert(value);
    if (converted !== undefined) parameters[field] = converted;
  }
  const stop = (options.stop as string[] | null | undefined)?.filter((text) => text !== '');
  if (stop?.length) parameters.stop = stop;
  return parameters;
}
