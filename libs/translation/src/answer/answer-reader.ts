import type { OpenAiAnswer, OpenAiChoice } from '#contracts';
import { extractErrorText, findErrorText, redact, statusForClient } from '#dialects';
import type { ProxyException } from '#errors';
import { TranslationError, UpstreamError } from '#errors';
import { parseJson } from '#primitives';
import type { Pattern, SseEvent, SseItem, SseRun } from '#streaming';
import { PlainDelta } from './plain-delta.js';
import type { UpstreamAnswer } from './upstream-answer.js';

/**
 * Events of the wire → one UpstreamAnswer. Stops at `[DONE]` and at the first failure; a failure inside a 200 stream
 * comes in many shapes and wins over everything else in its event (dialects rules 4–6).
 */
export class AnswerReader {
  /** The backend said that this was all. */
  closed = false;
  failure: ProxyException | undefined;
  private readonly plain = new PlainDelta();

  constructor(readonly answer: UpstreamAnswer) {}

  /** Nothing more needs to be read. */
  get isOver(): boolean {
    return this.closed || this.failure !== undefined;
  }

  /** What most events of this answer look like, as far as is known by now. */
  get pattern(): Pattern | undefined {
    return this.plain.pattern;
  }

  read(items: readonly SseItem[]): void {
    for (const item of items) {
      if (this.isOver) return;
      if ('middles' in item) this.readRun(item);
      else this.readEvent(item);
    }
  }

  /** A whole JSON answer, which is complete by its closing brace. */
  readWhole(text: string): void {
    this.readEvent({ name: '', data: text });
    this.closed = true;
  }

  private readRun({ pattern, middles }: SseRun): void {
    for (const middle of middles) {
      if (this.isOver) return;
      const plain = this.plain.unescape(middle);
      if (plain === undefined) this.readLong('', pattern.head + middle + pattern.tail);
      else this.readPlain(plain);
    }
  }

  private readEvent({ name, data }: SseEvent): void {
    const plain = name === 'error' ? undefined : this.plain.textOf(data);
    if (plain === undefined) this.readLong(name, data);
    else this.readPlain(plain);
  }

  private readPlain(text: string): void {
    this.answer.readPlain(text);
    if (this.answer.isStopped) this.closed = true;
  }

  private readLong(name: string, data: string): void {
    const text = data.trim();
    if (text === '') return;
    if (text === '[DONE]') {
      this.closed = true;
      return;
    }
    const value = parseJson(text);
    if (name === 'error') this.failure = toFailure(value, extractErrorText(text, 'upstream error'));
    else if (value === undefined) this.readUnparsed(text);
    else {
      this.readValue(value);
      if (!this.failure && isAnswer(value)) this.plain.learn(data, value);
    }
  }

  /** Some backends leave out the blank line between events. */
  private readUnparsed(text: string): void {
    const lines = text.split('\n');
    if (lines.length > 1) this.read(lines.map((line) => ({ name: '', data: line.replace(/^data: ?/, '') })));
    else this.failure = new TranslationError(`upstream error: malformed data (${String(text.length)} characters)`);
  }

  private readValue(value: unknown): void {
    if (Array.isArray(value) && value.length > 0 && isAnswer(value[0])) {
      for (const each of value) if (!this.failure) this.readValue(each);
      return;
    }
    const failure = failureIn(value);
    if (failure) this.failure = failure;
    else if (isAnswer(value)) this.answer.read(value);
    if (this.answer.isStopped) this.closed = true;
  }
}

function isAnswer(value: unknown): value is OpenAiAnswer {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function failureIn(value: unknown): ProxyException | undefined {
  if (!isAnswer(value)) return toFailure(value, findErrorText(value) ?? 'upstream error: not an answer');
  if (!isList(value.choices, isWellFormed)) return new TranslationError('upstream error: malformed answer');
  const inChoice = value.choices?.[0]?.error;
  if (inChoice) return toFailure(inChoice, findErrorText({ error: inChoice }) ?? 'upstream error');
  const told =
    value.error || value.object === 'error' || (!value.choices && !value.usage && (value.message || value.detail));
  if (!told) return undefined;
  return toFailure(value.error || value, findErrorText(value) ?? 'upstream error');
}

/** A list, or nothing, all of whose items are objects that pass. */
function isList<T extends object>(value: readonly T[] | null | undefined, passes: (item: T) => boolean): boolean {
  if (value === undefined || value === null) return true;
  return Array.isArray(value) && value.every((item: unknown) => isObject(item) && passes(item as T));
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

/** What is walked through without looking again. */
function isWellFormed({ delta, message }: OpenAiChoice): boolean {
  return [delta, message].every((part) => !part || (isObject(part) && isList(part.tool_calls, () => true)));
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
