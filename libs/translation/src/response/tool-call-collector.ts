import type { OllamaToolCall, OpenAiToolCallDelta } from '#contracts';
import { TranslationError } from '#errors';
import { parseJson } from '#primitives';
import { replaceLoneSurrogates } from '../decode/go-json.js';
import { JsonObjectEnd } from './json-object-end.js';

const LONE_SURROGATES = /\p{Surrogate}/gu;

interface CollectedCall {
  id: string;
  index: number | undefined;
  name: string;
  text: string;
  readonly end: JsonObjectEnd;
  /** Parts of the call that its upstream may demand back. */
  extraContent: unknown;
  /** Of a call that leaves as it arrives: its id there, the characters of its arguments that have left, and those after. */
  sentId?: string;
  sent: number;
  unsent: string;
  /** Whether the arguments may leave before they are complete; undefined until their beginning shows it. */
  isLeaving?: boolean;
}

/** A part of a call's arguments on its way to a client that takes calls as they arrive. */
export interface CallPiece {
  readonly kind: 'call';
  /** Pieces of one call have one id; the first of them begins the call. */
  readonly id: string;
  readonly name: string;
  /** JSON, of which any part may be here. */
  readonly text: string;
  /** The arguments are complete. */
  readonly isLast: boolean;
}

/** The beginning of an object, up to its first member: an empty one may still be followed by the real arguments. */
const OBJECT_WITH_MEMBER = /^\s*\{\s*[^\s}]/;
const UNDECIDED = /^\s*(\{\s*)?$/;

/**
 * Joins fragments of tool calls (protocol D15) by id, index, name and completeness of the arguments, since none of these
 * is reliable with every upstream. Calls are complete at the end only, as in Ollama.
 */
export class ToolCallCollector {
  private readonly calls: CollectedCall[] = [];
  /** The latest call of an index, and the first of an id. */
  private readonly byIndex = new Map<number, CollectedCall>();
  private readonly byId = new Map<string, CollectedCall>();
  /** `extra_content` of each call that `finish` returned; null for a call without. */
  extraContents: readonly unknown[] = [];
  /** Ids that no further call may have. */
  private readonly ids: Set<string>;
  /** Place of the call whose pieces leave next: calls do not overlap. */
  private current = 0;

  /** @param takenIds of the conversation before this answer */
  constructor(takenIds: Iterable<string> = []) {
    this.ids = new Set(takenIds);
  }

  get isEmpty(): boolean {
    return this.calls.length === 0;
  }

  add(fragment: OpenAiToolCallDelta): void {
    if (!fragment.function) {
      this.addExtraContent(fragment);
      return;
    }
    const id = typeof fragment.id === 'string' ? fragment.id : '';
    const index = Number.isInteger(fragment.index) && Number(fragment.index) >= 0 ? Number(fragment.index) : undefined;
    const name = typeof fragment.function.name === 'string' ? fragment.function.name : '';
    const text = toText(fragment.function.arguments);
    let call = this.find(id, index, name, text);
    if (!call) {
      call = {
        id,
        index,
        name: name || (id ? '' : (this.calls.at(-1)?.name ?? '')),
        text: '',
        end: new JsonObjectEnd(),
        extraContent: null,
        sent: 0,
        unsent: '',
      };
      this.calls.push(call);
      if (index !== undefined) this.byIndex.set(index, call);
    } else if (name && name !== call.name && call.text === '') {
      call.name += name;
    }
    call.id ||= id;
    if (call.id && !this.byId.has(call.id)) this.byId.set(call.id, call);
    call.text += text;
    call.unsent += text;
    call.end.read(text);
    call.extraContent = fragment.extra_content ?? call.extraContent;
  }

  /**
   * All calls with their arguments as objects, distinct indexes and distinct ids.
   * @param isCut the completion reached a token limit: calls with incomplete arguments are dropped
   * @throws TranslationError for arguments that are not a JSON object
   */
  finish(newId: () => string, isCut: boolean): OllamaToolCall[] {
    const named = this.calls.filter(({ name }) => name !== '');
    const read = named.flatMap((call) => parametersOf(call.text).map((parameters) => ({ call, parameters })));
    const whole = read.filter(({ call, parameters }) => {
      if (!parameters && !isCut) {
        throw new TranslationError(
          `upstream error: the arguments of the call of "${call.name}" are not a JSON object`,
          500,
        );
      }
      return parameters !== undefined;
    });
    this.extraContents = whole.map(({ call }) => call.extraContent);
    const seen = new Set<CollectedCall>();
    return whole.map(({ call, parameters }, index) => {
      const id = seen.has(call) ? newId() : this.idOf(call, newId);
      seen.add(call);
      return { id, function: { index, name: withoutMarks(call.name), arguments: parameters ?? {} } };
    });
  }

  /** A fragment that has nothing else belongs to the call of its index or id, or to the last one. */
  private addExtraContent({ id, index, extra_content: extraContent }: OpenAiToolCallDelta): void {
    const call = this.byIndex.get(index ?? -1) ?? this.byId.get(id ?? '') ?? this.calls.at(-1);
    if (call) call.extraContent = extraContent ?? call.extraContent;
  }

  /** What may leave now: the arguments of one call after the other, as far as they cannot change any more. */
  take(newId: () => string): CallPiece[] {
    const pieces: CallPiece[] = [];
    for (;;) {
      const call = this.calls[this.current];
      if (!call || call.name === '' || !mayLeave(call)) return pieces;
      const isLast = call.end.length !== undefined;
      const text = takeUnsent(call);
      if (text !== '')
        pieces.push({ kind: 'call', id: this.idOf(call, newId), name: withoutMarks(call.name), text, isLast });
      if (!isLast || this.current + 1 >= this.calls.length) return pieces;
      this.current += 1;
    }
  }

  /** What `take` has not returned of the calls that `finish` has. */
  rest(calls: readonly OllamaToolCall[]): CallPiece[] {
    return calls.flatMap(({ id = '', function: { name, arguments: parameters } }): CallPiece[] => {
      const call = this.calls.find(({ sentId }) => sentId === id);
      const text = call?.sent ? takeUnsent(call) : JSON.stringify(parameters);
      return text === '' ? [] : [{ kind: 'call', id, name, text, isLast: true }];
    });
  }

  private idOf(call: CollectedCall, newId: () => string): string {
    call.sentId ??= call.id && !this.ids.has(call.id) ? call.id : newId();
    this.ids.add(call.sentId);
    return call.sentId;
  }

  /** The call that a fragment continues; undefined when it begins one. */
  private find(id: string, index: number | undefined, name: string, text: string): CollectedCall | undefined {
    const last = this.calls.at(-1);
    if (!last) return undefined;
    let call: CollectedCall | undefined;
    if (index !== undefined) call = this.byIndex.get(index);
    else if (id) call = this.byId.get(id) ?? (name ? undefined : last);
    else if (!name) call = last;
    if (!call) return index !== undefined && !id && !name && !last.end.isComplete ? last : undefined;
    if (id && call.id && id !== call.id && name) return undefined;
    // An empty object may come before the real arguments.
    if (!id && !name && call.text.trim() === '{}') return call;
    const begins = !id && (text.trimStart().startsWith('{') || (name !== '' && name !== call.name));
    return begins && call.end.isComplete ? undefined : call;
  }
}

/** Reads the beginning of the arguments once only: joining a text to look at it costs its length. */
function mayLeave(call: CollectedCall): boolean {
  if (call.isLeaving === undefined && !UNDECIDED.test(call.text)) call.isLeaving = OBJECT_WITH_MEMBER.test(call.text);
  return call.isLeaving === true;
}

/** The arguments that have not left, without what comes after the object. */
function takeUnsent(call: CollectedCall): string {
  const text = call.unsent.slice(0, (call.end.length ?? Infinity) - call.sent);
  call.unsent = '';
  call.sent += text.length;
  return text;
}

function toText(value: unknown): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/**
 * The arguments of each call in a text: some upstreams write several objects one after the other for several calls, and
 * some an empty object before the real one. Undefined means arguments that are not a JSON object.
 */
function parametersOf(text: string): (Record<string, unknown> | undefined)[] {
  const parameters = parseArguments(text);
  if (parameters) return [parameters];
  const objects = splitObjects(text)?.map(parseArguments);
  if (!objects || objects.length < 2 || objects.includes(undefined)) return [undefined];
  const [first, ...rest] = objects;
  return first && Object.keys(first).length === 0 ? rest : objects;
}

/** The JSON objects that a text consists of; undefined when there is anything else in it. */
function splitObjects(text: string): string[] | undefined {
  const objects: string[] = [];
  let start = 0;
  let end = new JsonObjectEnd();
  for (let at = 0; at < text.length; at += 1) {
    end.read(text.charAt(at));
    if (!end.isComplete) continue;
    objects.push(text.slice(start, at + 1));
    start = at + 1;
    end = new JsonObjectEnd();
  }
  return text.slice(start).trim() === '' ? objects : undefined;
}

/** "" means no arguments; JSON inside a JSON string is parsed once more (protocol D17). */
function parseArguments(text: string): Record<string, unknown> | undefined {
  if (text.trim() === '') return {};
  let value = parseJson(replaceLoneSurrogates(text).replace(LONE_SURROGATES, '\ufffd'));
  if (typeof value === 'string') value = value.trim() === '' ? {} : parseJson(value);
  if (value === null) return {};
  return typeof value === 'object' && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
}

const HARMONY_MARK = /<\|(channel|constrain|message|start|end|call|return)\|>/;

/** `get_weather<|channel|>commentary`: parsers of the harmony format may leave its markers at the end of a name. */
function withoutMarks(name: string): string {
  const at = name.search(HARMONY_MARK);
  return at > 0 ? name.slice(0, at) : name;
}
