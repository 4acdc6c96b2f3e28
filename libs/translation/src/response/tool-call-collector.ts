import type { OllamaToolCall, OpenAiToolCallDelta } from '#contracts';
import { TranslationError } from '#errors';
import { parseJson } from '#primitives';
import { JsonObjectEnd } from './json-object-end.js';

interface CollectedCall {
  id: string;
  index: number | undefined;
  name: string;
  text: string;
  readonly end: JsonObjectEnd;
  /** Parts of the call that its upstream may demand back. */
  extraContent: unknown;
}

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
      };
      this.calls.push(call);
      if (index !== undefined) this.byIndex.set(index, call);
    } else if (name && name !== call.name && call.text === '') {
      call.name += name;
    }
    call.id ||= id;
    if (call.id && !this.byId.has(call.id)) this.byId.set(call.id, call);
    call.text += text;
    call.end.read(text);
    call.extraContent = fragment.extra_content ?? call.extraContent;
  }

  /**
   * All calls with their arguments as objects, distinct indexes and distinct ids.
   * @param isCut the completion reached a token limit: calls with incomplete arguments are dropped
   * @throws TranslationError for arguments that are not a JSON object
   */
  finish(newId: () => string, isCut: boolean): OllamaToolCall[] {
    const ids = new Set<string>();
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
    return whole.map(({ call, parameters }, index) => {
      const id = call.id && !ids.has(call.id) ? call.id : newId();
      ids.add(id);
      return { id, function: { index, name: call.name, arguments: parameters ?? {} } };
    });
  }

  /** A fragment that has nothing else belongs to the call of its index or id, or to the last one. */
  private addExtraContent({ id, index, extra_content: extraContent }: OpenAiToolCallDelta): void {
    const call = this.byIndex.get(index ?? -1) ?? this.byId.get(id ?? '') ?? this.calls.at(-1);
    if (call) call.extraContent = extraContent ?? call.extraContent;
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

function toText(value: unknown): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/**
 * The arguments of each call in a text: some upstreams write several objects one after the other for several calls, and
 * some an empty object before the real one. Undefined stands for arguments that are not a JSON object.
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
  let value = parseJson(text);
  if (typeof value === 'string') value = value.trim() === '' ? {} : parseJson(value);
  if (value === null) return {};
  return typeof value === 'object' && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
}
