import type { OllamaMessage, OllamaOptions } from '#contracts';
import { Options } from '#contracts';
import { BadRequestError } from '#errors';
import { isRecord } from '#primitives';
import type { VirtualModel } from './virtual-model.js';

/** What a Modelfile holds, in the fields of a create request. */
export interface Modelfile {
  from: string;
  system: string;
  template: string;
  parameters: Record<string, unknown>;
  messages: OllamaMessage[];
  license: string[];
  /** Values of ADAPTER lines. */
  adapters: string[];
}

/** Instructions whose values have no effect on an upstream. */
const WITHOUT_EFFECT = new Set(['renderer', 'parser', 'requires']);

const INSTRUCTIONS = ['from', 'license', 'template', 'system', 'adapter', 'parameter', 'message'];

const ROLES = ['system', 'user', 'assistant'];

/**
 * The instructions of a Modelfile. Values may stand in `"` or, over several lines, in `"""`; `#` begins a comment line.
 * @throws BadRequestError in Ollama's words
 */
export function parseModelfile(text: string): Modelfile {
  const file: Modelfile = {
    from: '',
    system: '',
    template: '',
    parameters: {},
    messages: [],
    license: [],
    adapters: [],
  };
  for (const { name, argument } of instructionsIn(text)) apply(file, name, argument);
  if (file.from === '') throw new BadRequestError('no FROM line');
  return file;
}

function apply(file: Modelfile, name: string, argument: string): void {
  switch (name) {
    case 'from':
      file.from = argument;
      return;
    case 'system':
    case 'template':
      file[name] = argument;
      return;
    case 'license':
      file.license.push(argument);
      return;
    case 'adapter':
      file.adapters.push(argument);
      return;
    case 'parameter': {
      const [key, value] = splitWord(argument);
      addParameter(file.parameters, key, unquote(value));
      return;
    }
    case 'message': {
      const [role, content] = splitWord(argument);
      if (!ROLES.includes(role.toLowerCase()))
        throw new BadRequestError('message role must be one of "system", "user", or "assistant"');
      file.messages.push({ role: role.toLowerCase(), content: unquote(content) });
      return;
    }
    default:
      if (!WITHOUT_EFFECT.has(name)) throw unknownInstruction();
  }
}

function unknownInstruction(): BadRequestError {
  return new BadRequestError(
    `command must be one of ${[...INSTRUCTIONS, ...WITHOUT_EFFECT].map((each) => `"${each}"`).join(', ')}`,
  );
}

interface Instruction {
  /** In lower case. */
  readonly name: string;
  readonly argument: string;
}

/** A quoted value may go on over several lines, so the lines are read in order. */
function* instructionsIn(text: string): Generator<Instruction> {
  let rest = text.replaceAll('\r\n', '\n');
  for (let line = rest.trimStart(); line !== ''; line = rest.trimStart()) {
    if (line.startsWith('#')) {
      rest = afterLine(line);
      continue;
    }
    const [word, argument] = splitWord(line);
    const name = word.toLowerCase();
    const isSplit = name === 'parameter' || name === 'message';
    const head = isSplit ? `${splitWord(argument)[0]} ` : '';
    const value = isSplit ? splitWord(argument)[1] : argument;
    const end = endOfValue(value);
    yield { name, argument: isSplit ? head + value.slice(0, end) : unquote(value.slice(0, end)) };
    rest = value.slice(end);
  }
}

/** The first word, and what follows it up to the end. A word ends its line if nothing follows. */
function splitWord(text: string): [word: string, rest: string] {
  const [, word = '', space = ''] = /^(\S*)([^\S\n]*)/.exec(text) ?? [];
  return [word, text.slice(word.length + space.length)];
}

function afterLine(text: string): string {
  const end = text.indexOf('\n');
  return end < 0 ? '' : text.slice(end + 1);
}

/** @throws BadRequestError for quotes that are not closed */
function endOfValue(value: string): number {
  const quote = /^("""|")/.exec(value)?.[1];
  const lineEnd = value.includes('\n') ? value.indexOf('\n') : value.length;
  if (quote === undefined) return lineEnd;
  const close = value.indexOf(quote, quote.length);
  // Quotes that follow the closing ones belong to the text.
  if (close >= 0) return close + quote.length + (/^"*/.exec(value.slice(close + quote.length))?.[0].length ?? 0);
  if (quote === '"') return lineEnd;
  throw new BadRequestError('unexpected EOF');
}

function unquote(value: string): string {
  const trimmed = value.trim();
  const quoted = /^"""(.*)"""$/s.exec(trimmed) ?? /^"(.*)"$/s.exec(trimmed);
  return quoted?.[1] ?? trimmed;
}

/** Ollama's type of each option, by the type in its schema. @throws BadRequestError in Ollama's words */
function addParameter(parameters: Record<string, unknown>, key: string, value: string): void {
  const field = Object.hasOwn(Options.fields, key) ? Options.fields[key] : undefined;
  if (!field) throw new BadRequestError(`unknown parameter '${key}'`);
  const { type } = field.kind.schema;
  if (type === 'array') {
    const list = parameters[key];
    if (Array.isArray(list)) list.push(value);
    else parameters[key] = [value];
  } else if (type === 'boolean') parameters[key] = toBoolean(value);
  else parameters[key] = toNumber(value, type === 'integer');
}

function toNumber(value: string, isInteger: boolean): number {
  const number = Number(value);
  if (value === '' || !Number.isFinite(number) || (isInteger && !Number.isInteger(number)))
    throw new BadRequestError(`invalid ${isInteger ? 'int' : 'float'} value [${value}]`);
  return number;
}

/** The spellings of Go's strconv.ParseBool. */
function toBoolean(value: string): boolean {
  if (/^(1|t|true)$/i.test(value)) return true;
  if (/^(0|f|false)$/i.test(value)) return false;
  throw new BadRequestError(`invalid bool value [${value}]`);
}

/** The Modelfile that makes the model again; FROM names the served model, and the rest is what was added to it. */
export function renderModelfile(model: VirtualModel): string {
  const lines = [
    '# Modelfile generated by "ollama show"',
    '# To build a new Modelfile based on this, replace FROM with:',
    `# FROM ${model.name}`,
    '',
    `FROM ${model.base}`,
    ...(model.template === '' ? [] : [`TEMPLATE ${quote(model.template)}`]),
    ...(model.system === '' ? [] : [`SYSTEM ${quote(model.system)}`]),
    ...parameterEntries(model.parameters).map(([key, value]) => `PARAMETER ${key} ${quote(String(value))}`),
    ...model.licenses.map((license) => `LICENSE ${quote(license)}`),
    ...model.messages.map(({ role, content }) => `MESSAGE ${role} ${quote(content)}`),
  ];
  return `${lines.join('\n')}\n`;
}

/** Width of the names in `parameters` of /api/show. */
const NAME_WIDTH = 30;

/** `parameters` of /api/show: one line for each value, the name padded, a text in quotes. */
export function renderParameters(parameters: OllamaOptions): string {
  return parameterEntries(parameters)
    .map(([key, value]) => `${key.padEnd(NAME_WIDTH)} ${JSON.stringify(value)}`)
    .join('\n');
}

/** Sorted by name; a list has an entry for each of its values. */
function parameterEntries(parameters: OllamaOptions): [key: string, value: unknown][] {
  return Object.entries(parameters)
    .filter(([, value]) => value !== null && !isRecord(value))
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .flatMap(([key, value]) => [value].flat().map((each): [string, unknown] => [key, each]));
}

/** As Ollama quotes: only what would not survive without quotes. */
function quote(text: string): string {
  const needsQuotes = text === '' || text.includes('\n') || text !== text.trim() || text.startsWith('"');
  if (!needsQuotes) return text;
  return text.includes('"') ? `"""${text}"""` : `"${text}"`;
}
