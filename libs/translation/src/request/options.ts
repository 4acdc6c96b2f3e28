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
  for (const [name, value] of Object.entries(options)) {
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

/**
 * The options that the client set, under the names of the OpenAI format. No defaults are added, since an upstream's own are
 * better than Ollama's (protocol W40). The dialect of an upstream decides which options it gets.
 */
export function toSamplingParameters(options: OllamaOptions): Partial<OpenAiTextParameters> {
  const number = (name: string): number | undefined => {
    const value = options[name];
    return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
  };
  const integer = (name: string): number | undefined => {
    const value = number(name);
    return value === undefined ? undefined : Math.trunc(value);
  };
  const stop = (options.stop as string[] | null | undefined)?.filter((text) => text !== '');
  return withoutAbsent({
    temperature: number('temperature'),
    top_p: number('top_p'),
    seed: notNegative(integer('seed')),
    stop: stop?.length ? stop : undefined,
    presence_penalty: number('presence_penalty'),
    frequency_penalty: number('frequency_penalty'),
    max_tokens: positive(integer('num_predict')),
    top_k: notNegative(integer('top_k')),
    min_p: number('min_p'),
    typical_p: number('typical_p'),
    repeat_penalty: number('repeat_penalty'),
    repeat_last_n: integer('repeat_last_n'),
  });
}

/** -1 is Ollama's word for "random" or "off", which the OpenAI format says by leaving the field out. */
function notNegative(value: number | undefined): number | undefined {
  return value !== undefined && value >= 0 ? value : undefined;
}

/** num_predict -1 and -2 mean "no limit" (protocol W15). */
function positive(value: number | undefined): number | undefined {
  return value !== undefined && value > 0 ? value : undefined;
}

function withoutAbsent(values: Record<string, unknown>): Partial<OpenAiTextParameters> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}
