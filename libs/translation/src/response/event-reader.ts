import type { OpenAiAnswer, OpenAiChoice } from '#contracts';
import { extractErrorText, findErrorText, redact, statusForClient } from '#dialects';
import type { ProxyException } from '#errors';
import { TranslationError, UpstreamError } from '#errors';
import { parseJson } from '#primitives';
import type { EventRun, EventSink, EventTemplate, SseEvent } from '#streaming';
import type { CompletionAssembler } from './completion-assembler.js';
import { DeltaTemplate } from './delta-template.js';

/**
 * Reads events into one completion. Ends at `[DONE]` and at the first failure; a failure inside a 200 stream has many
 * shapes and overrules everything else in its event (protocol D4, protocol D5, protocol D6).
 */
export class EventReader implements EventSink {
  /** The upstream has ended the completion itself: `[DONE]`, a whole JSON response, or a stop sequence found here. */
  isClosed = false;
  failure: ProxyException | undefined;
  private readonly delta = new DeltaTemplate();

  constructor(readonly completion: CompletionAssembler) {}

  /** Nothing more needs to be read. */
  get isOver(): boolean {
    return this.isClosed || this.failure !== undefined;
  }

  /** What most events of this stream look like; undefined until it is known. */
  get template(): EventTemplate | undefined {
    return this.delta.template;
  }

  /** False where each event differs from the others in more than its text. */
  get takesRuns(): boolean {
    return this.delta.isUseful;
  }

  readEvent({ name, data }: SseEvent): void {
    if (this.isOver) return;
    const text = name === 'error' ? undefined : this.delta.textOf(data);
    if (text === undefined) this.parseEvent(name, data);
    else this.addDelta(text);
  }

  readRun({ texts, count }: EventRun): void {
    this.delta.confirm();
    if (!this.delta.isContent || this.completion.isWatching) {
      // A call may end at each text, and the texts behind a stop sequence do not count.
      for (const text of texts.split('\n')) if (!this.isOver) this.addDelta(unescape(text));
    } else if (!this.isOver) this.addText(unescape(texts.replaceAll(LINE_FEEDS, '')), count);
  }

  /** Reads a response that was one JSON value; its end is the end of the completion. */
  readWhole(text: string): void {
    this.readEvent({ name: '', data: text });
    this.isClosed = true;
  }

  /** Adds the text of one event of the template. */
  private addDelta(text: string): void {
    if (this.delta.isContent) this.addText(text, 1);
    else this.completion.addDelta(this.delta.deltaOf(text));
  }

  /** @param deltas in which the text came */
  private addText(text: string, deltas: number): void {
    this.completion.addText(text, deltas);
    if (this.completion.isStopped) this.isClosed = true;
  }

  private parseEvent(name: string, data: string): void {
    const text = data.trim();
    if (text === '' || KEEP_ALIVE.test(name)) return;
    if (text === '[DONE]') {
      this.isClosed = true;
      return;
    }
    const value = parseJson(text);
    if (name === 'error') this.failure = toFailure(value, extractErrorText(text, 'upstream error'));
    else if (value === undefined) this.readUnparsed(text);
    else {
      this.readValue(value);
      if (!this.failure && isAnswer(value)) this.delta.learn(data, value);
    }
  }

  /** Some upstreams omit the blank line between events. */
  private readUnparsed(text: string): void {
    const lines = text.split('\n');
    if (lines.length > 1) for (const line of lines) this.readEvent({ name: '', data: line.replace(/^data: ?/, '') });
    else this.failure = new TranslationError(`upstream error: malformed data (${String(text.length)} characters)`);
  }

  private readValue(value: unknown): void {
    if (isKeepAlive(value)) return;
    if (Array.isArray(value) && value.length > 0 && isAnswer(value[0])) {
      for (const each of value) if (!this.failure) this.readValue(each);
      return;
    }
    const failure = failureIn(value);
    if (failure) this.failure = failure;
    else if (isAnswer(value)) this.completion.add(value);
    if (this.completion.isStopped) this.isClosed = true;
  }
}

const LINE_FEEDS = /\n/g;

/** @param escaped the inside of a JSON string */
function unescape(escaped: string): string {
  return escaped.includes('\\') ? (JSON.parse(`"${escaped}"`) as string) : escaped;
}

/** Names of events that only keep the connection open. */
const KEEP_ALIVE = /^(ping|pong|keep-?_?alive|heart-?_?beat)$/i;

/** Keep-alive data of other forms: an empty value, or a text that says so. */
function isKeepAlive(value: unknown): boolean {
  if (typeof value === 'string') return value.trim() === '' || KEEP_ALIVE.test(value.trim());
  return value === null;
}

function isAnswer(value: unknown): value is OpenAiAnswer {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function failureIn(value: unknown): ProxyException | undefined {
  if (!isAnswer(value)) return toFailure(value, findErrorText(value) ?? 'upstream error: not an answer');
  if (!isListOf(value.choices, isWellFormed)) return new TranslationError('upstream error: malformed answer');
  const inChoice = value.choices?.[0]?.error;
  if (inChoice) return toFailure(inChoice, findErrorText({ error: inChoice }) ?? 'upstream error');
  const isFailure =
    value.error || value.object === 'error' || (!value.choices && !value.usage && (value.message || value.detail));
  if (!isFailure) return undefined;
  return toFailure(value.error || value, findErrorText(value) ?? 'upstream error');
}

/** Absent, or a list of objects that all pass. */
function isListOf<T extends object>(value: readonly T[] | null | undefined, passes: (item: T) => boolean): boolean {
  if (value === undefined || value === null) return true;
  return Array.isArray(value) && value.every((item: unknown) => isObject(item) && passes(item as T));
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

/** Checks the parts that CompletionAssembler reads without a check. */
function isWellFormed({ delta, message }: OpenAiChoice): boolean {
  return [delta, message].every((part) => !part || (isObject(part) && isListOf(part.tool_calls, () => true)));
}

function toFailure(error: unknown, text: string): UpstreamError {
  const clean = redact(text);
  const status = statusIn(error);
  if (status === undefined) return new UpstreamError(clean, { status: 502 });
  return new UpstreamError(clean, { status: statusForClient(status, clean), upstreamStatus: status });
}

/** An HTTP status inside an error object. */
function statusIn(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const { code, status, status_code, http_status_code } = error as Record<string, unknown>;
  const candidates = [code, status, status_code, http_status_code].map(Number);
  const nested = (error as Record<string, unknown>).error;
  return candidates.find((each) => Number.isInteger(each) && each >= 400 && each <= 599) ?? statusIn(nested);
}
