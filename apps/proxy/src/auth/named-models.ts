import { BadRequestError } from '#errors';
import type { ModelField } from '#json-bytes';
import {
  CLOSING_BRACE,
  CLOSING_BRACKET,
  COLON,
  COMMA,
  endOfSpace,
  endOfText,
  findModelField,
  OPENING_BRACE,
  OPENING_BRACKET,
  QUOTE,
  SCANNED_LENGTH,
} from '#json-bytes';
import type { Steps } from '#primitives';
import { parseJson } from '#primitives';

/** Keys from which gateways read models, at any depth: model, models, model_list, fallbacks, context_window_fallbacks. */
const NAMES_MODELS = /model|fallback/;

/** Others at the top of a body: Azure's, and those of older OpenAI clients. */
const TOP_LEVEL_NAMES = new Set(['engine', 'deployment', 'deployment_id']);

/** At the top of a body: input of the model, whose keys are data. */
const TOP_LEVEL_DATA = new Set([
  'messages',
  'input',
  'prompt',
  'system',
  'instructions',
  'metadata',
  'response_format',
  'text',
  'state',
  'questions',
]);

/** At any depth: schemas of tools and their arguments, whose keys are data. */
const DATA = new Set(['parameters', 'input_schema', 'schema', 'arguments']);

/** What an upstream may read as models in a body. */
export interface NamedModels {
  readonly names: ReadonlySet<string>;
  /** Whether a key `model` or `models` has a value that is no text, such as a number. */
  readonly hasOther: boolean;
}

/** What the values below a key are. */
type Role = 'other' | 'data' | 'model' | 'maybe model';

/** An object or array that has not ended. */
interface Frame {
  readonly isObject: boolean;
  readonly role: Role;
  /** Of the value behind the last key; that of an array's items. */
  valueRole: Role;
  /** Keys that name models, normalised; made with the first of them. */
  keys: Set<string> | undefined;
}

/**
 * Finds the model of a body. One that is named twice is refused: parsers differ in which of two equal keys counts, and some
 * compare keys without regard to case. @throws BadRequestError
 */
export function* readModelField(text: string): Steps<ModelField | undefined> {
  let count = 0;
  const field = yield* findModelField(text, (key) => {
    if (normalise(key) === 'model') count += 1;
  });
  if (field && count > 1) throw namedTwice();
  return field;
}

/**
 * Finds every text of a JSON body that an upstream may read as a model: below a key that names models, in whatever spelling,
 * in lists and objects, and behind each of two equal keys.
 * @param text valid JSON; what follows its first value is read as well
 * @throws BadRequestError when an object has such a key twice
 */
export function* namedModels(text: string): Steps<NamedModels> {
  const names = new Set<string>();
  let hasOther = false;
  const frames: Frame[] = [];
  const outerKeys = new Set<string>();
  let frame: Frame | undefined;
  let pause = SCANNED_LENGTH;
  for (let at = 0; at < text.length; at += 1) {
    if (at > pause) {
      yield;
      pause = at + SCANNED_LENGTH;
    }
    const character = text.charCodeAt(at);
    if (character === QUOTE) {
      const found = endOfText(text, at);
      const end = found < 0 ? text.length : found;
      if (frame?.isObject && isKey(text, end)) readKey(frame, parseText(text, at, end), frames.length);
      else if (isModel(frame)) names.add(parseText(text, at, end));
      at = end - 1;
    } else if (character === OPENING_BRACE || character === OPENING_BRACKET) {
      const role = frame?.valueRole ?? 'other';
      const keys = frames.length === 0 ? outerKeys : undefined;
      frame = { isObject: character === OPENING_BRACE, role, valueRole: role, keys };
      frames.push(frame);
    } else if (character === CLOSING_BRACE || character === CLOSING_BRACKET) {
      frames.pop();
      frame = frames.at(-1);
    } else if (character > COMMA && character !== COLON && frame?.valueRole === 'model') {
      hasOther = true;
    }
  }
  return { names, hasOther };
}

function readKey(frame: Frame, text: string, depth: number): void {
  const key = normalise(text);
  frame.valueRole = roleOf(key, frame.role, depth);
  if (frame.valueRole === 'data' || !namesModels(key, depth)) return;
  frame.keys ??= new Set();
  if (frame.keys.has(key)) throw namedTwice();
  frame.keys.add(key);
}

function roleOf(key: string, role: Role, depth: number): Role {
  if (role === 'data' || DATA.has(key) || (depth === 1 && TOP_LEVEL_DATA.has(key))) return 'data';
  if (key === 'model' || key === 'models') return 'model';
  if (namesModels(key, depth)) return 'maybe model';
  return role;
}

function namesModels(key: string, depth: number): boolean {
  return NAMES_MODELS.test(key) || (depth === 1 && TOP_LEVEL_NAMES.has(key));
}

function isModel(frame: Frame | undefined): boolean {
  return frame?.valueRole === 'model' || frame?.valueRole === 'maybe model';
}

/** Its own normal form, as nearly all keys are. */
const PLAIN_KEY = /^[a-z_]*$/;

/** The form in which the most lenient parser compares keys. */
function normalise(key: string): string {
  return PLAIN_KEY.test(key) ? key : key.normalize('NFKC').toLowerCase();
}

function namedTwice(): BadRequestError {
  return new BadRequestError('a model is named twice');
}

function isKey(text: string, end: number): boolean {
  return text.charCodeAt(endOfSpace(text, end)) === COLON;
}

function parseText(text: string, start: number, end: number): string {
  const inside = text.slice(start + 1, end - 1);
  if (!inside.includes('\\')) return inside;
  const value = parseJson(text.slice(start, end));
  return typeof value === 'string' ? value : inside;
}
