import type { Capability, OllamaMessage, OllamaOptions } from '#contracts';
import { Options } from '#contracts';
import { BadRequestError } from '#errors';
import { isRecord, parseJson } from '#primitives';
import { readValue, withUnixLineEnds, writeValue } from './modelfile-value.js';
import type { VirtualModel } from './virtual-model.js';
import { isTextList, readCapabilities, readMessages } from './virtual-model.js';

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
  /** No instruction has them; only an EXACT comment does. */
  capabilities?: readonly Capability[];
}

/** Instructions whose values have no effect on an upstream. */
const WITHOUT_EFFECT = new Set(['renderer', 'parser', 'requires']);

const INSTRUCTIONS = ['from', 'license', 'template', 'system', 'adapter', 'parameter', 'message'];

const ROLES = ['system', 'user', 'assistant'];

/**
 * Begins a comment with an object of the fields, in JSON, that instructions cannot express: calls and images of messages,
 * lines that end with `"""`, capabilities. They replace what the instructions have.
 */
const EXACT = '# exact: ';

/**
 * The instructions of a Modelfile. Values may stand in `"` or `"""`; `#` begins a comment line.
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
  let exact: Partial<Modelfile> = {};
  for (const line of linesIn(text)) {
    if (typeof line === 'string') exact = { ...exact, ...readExact(line) };
    else apply(file, line);
  }
  Object.assign(file, exact);
  if (file.from === '') throw new BadRequestError('no FROM line');
  return file;
}

function apply(file: Modelfile, { name, key, value }: Instruction): void {
  switch (name) {
    case 'from':
    case 'system':
    case 'template':
      file[name] = value;
      return;
    case 'license':
      file.license.push(value);
      return;
    case 'adapter':
      file.adapters.push(value);
      return;
    case 'parameter':
      addParameter(file.parameters, key, value);
      return;
    case 'message': {
      const role = key.toLowerCase();
      if (!ROLES.includes(role))
        throw new BadRequestError('message role must be one of "system", "user", or "assistant"');
      file.messages.push({ role, content: value });
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
  /** The name of a parameter, the role of a message; else empty. */
  readonly key: string;
  readonly value: string;
}

/** Comments as they are, and instructions. A quoted value may go on over several lines, so the lines are read in order. */
function* linesIn(text: string): Generator<string | Instruction> {
  let rest = withUnixLineEnds(text);
  for (let line = rest.trimStart(); line !== ''; line = rest.trimStart()) {
    if (line.startsWith('#')) {
      const [comment, after] = splitLine(line);
      yield comment;
      rest = after;
      continue;
    }
    const [word, argument] = splitWord(line);
    const name = word.toLowerCase();
    const hasKey = name === 'parameter' || name === 'message';
    const [key, written] = hasKey ? splitWord(argument) : ['', argument];
    const { value, end } = readValue(written);
    yield { name, key, value };
    rest = written.slice(end);
  }
}

/** The first word, and what follows it up to the end. A word ends its line if nothing follows. */
function splitWord(text: string): [word: string, rest: string] {
  const [, word = '', space = ''] = /^(\S*)([^\S\n]*)/.exec(text) ?? [];
  return [word, text.slice(word.length + space.length)];
}

function splitLine(text: string): [line: string, rest: string] {
  const end = text.indexOf('\n');
  return end < 0 ? [text, ''] : [text.slice(0, end), text.slice(end + 1)];
}

/** The fields of an EXACT comment that have the right form; any other comment has none. */
function readExact(comment: string): Partial<Modelfile> {
  const fields = comment.startsWith(EXACT) ? parseJson(comment.slice(EXACT.length)) : undefined;
  if (!isRecord(fields)) return {};
  const { from, system, template, parameters, license } = fields;
  const messages = fields.messages === undefined ? undefined : readMessages(fields.messages);
  const capabilities = readCapabilities(fields.capabilities);
  return {
    ...(typeof from === 'string' && { from }),
    ...(typeof system === 'string' && { system }),
    ...(typeof template === 'string' && { template }),
    ...(isRecord(parameters) && { parameters }),
    ...(messages && { messages }),
    ...(isTextList(license) && { license }),
    ...(capabilities && { capabilities }),
  };
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
    `FROM ${writeValue(model.base)}`,
    ...(model.template === '' ? [] : [`TEMPLATE ${writeValue(model.template)}`]),
    ...(model.system === '' ? [] : [`SYSTEM ${writeValue(model.system)}`]),
    ...parameterEntries(model.parameters)
      .filter(([key, value]) => isKnownParameter(key, value))
      .map(([key, value]) => `PARAMETER ${key} ${writeValue(String(value))}`),
    ...model.licenses.map((license) => `LICENSE ${writeValue(license)}`),
    ...model.messages
      .filter(({ role }) => ROLES.includes(role))
      .map(({ role, content }) => `MESSAGE ${role} ${writeValue(content)}`),
  ];
  const text = `${lines.join('\n')}\n`;
  const rest = inexact(model, parseModelfile(text));
  return rest.length === 0 ? text : `${text}${EXACT}${JSON.stringify(Object.fromEntries(rest))}\n`;
}

/** The fields of a model that its instructions do not give back. */
function inexact(model: VirtualModel, read: Modelfile): [field: string, value: unknown][] {
  const { base: from, system, template, parameters, messages, licenses: license, capabilities } = model;
  const fields = { from, system, template, parameters, messages, license, capabilities };
  return Object.entries(fields).filter(
    ([field, value]) => toComparable(value) !== toComparable(read[field as keyof typeof fields]),
  );
}

/** JSON with the fields of objects in one order. */
function toComparable(value: unknown): string | undefined {
  return JSON.stringify(value, (_key, each: unknown) =>
    isRecord(each)
      ? Object.fromEntries(Object.entries(each).toSorted(([left], [right]) => (left < right ? -1 : 1)))
      : each,
  );
}

function isKnownParameter(key: string, value: unknown): boolean {
  try {
    addParameter({}, key, String(value));
    return true;
  } catch {
    return false;
  }
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
