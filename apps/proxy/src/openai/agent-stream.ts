import type { AgentApi } from '#dialects';
import { toBuffer } from './to-buffer.js';

const PREFIX = Buffer.from('event: ');

/** Of `event: ` and the longest name. */
const MAX_LINE_BYTES = 96;

/** The id of a response is in its first event, which begins with it. */
const HEAD_BYTES = 1024;

/** Names of the events after which a stream is complete, or has failed in the upstream's own words. */
const LAST_EVENTS: Partial<Record<AgentApi, ReadonlySet<string>>> = {
  // Clients do without message_stop (protocol C36).
  messages: new Set(['message_stop', 'message_delta', 'error']),
  responses: new Set(['response.completed', 'response.incomplete', 'response.failed', 'response.cancelled', 'error']),
};

const RESPONSE_ID = /"response"\s*:\s*\{\s*"id"\s*:\s*"([^"\\]{1,200})"/;
const SEQUENCE_NUMBER = /"sequence_number"\s*:\s*(\d{1,15})/g;

/** Watches the events of an agents' API that are forwarded unchanged, without parsing them. */
export class AgentStream {
  private head = Buffer.alloc(0);
  private last: readonly Uint8Array[] = [];
  /** The end of the bytes so far, as if a line had ended before the first one. */
  private tail = Buffer.from('\n');
  private name: string | undefined;

  constructor(private readonly api: AgentApi) {}

  feed(batch: readonly Uint8Array[]): void {
    if (batch.length === 0) return;
    for (const each of batch) {
      const chunk = toBuffer(each);
      if (this.head.length < HEAD_BYTES)
        this.head = Buffer.concat([this.head, chunk.subarray(0, HEAD_BYTES - this.head.length)]);
      this.name =
        lastName(chunk) ?? lastName(Buffer.concat([this.tail, chunk.subarray(0, MAX_LINE_BYTES)])) ?? this.name;
      const end = chunk.length < MAX_LINE_BYTES ? Buffer.concat([this.tail, chunk]) : chunk;
      this.tail = Buffer.from(end.subarray(-MAX_LINE_BYTES));
    }
    this.last = batch;
  }

  /** Whether the last event is one that a stream ends with; undefined if its events have no names. */
  get isOver(): boolean | undefined {
    return this.name === undefined ? undefined : LAST_EVENTS[this.api]?.has(this.name);
  }

  /** The events with which a stream of the Responses API fails; clients read either of them. */
  failure(message: string): string {
    const text = Buffer.concat([...this.last]).toString('latin1');
    const numbers = Array.from(text.matchAll(SEQUENCE_NUMBER), ([, number]) => Number(number));
    const sequence_number = Math.max(0, ...numbers) + 1;
    const id = RESPONSE_ID.exec(this.head.toString('utf8'))?.[1];
    const error = { code: 'server_error', message };
    const response = { ...(id !== undefined && { id }), object: 'response', status: 'failed', error, output: [] };
    return (
      event('error', {
        sequence_number,
        ...error,
        param: null,
        error: { type: 'server_error', ...error, param: null },
      }) + event('response.failed', { sequence_number: sequence_number + 1, response })
    );
  }
}

/** The name in the last line that has one and a line before it. Texts inside of events have no line breaks. */
function lastName(bytes: Buffer): string | undefined {
  for (let at = bytes.lastIndexOf(PREFIX); at > 0; at = bytes.lastIndexOf(PREFIX, at - 1)) {
    const name = isLineBreak(bytes[at - 1]) ? nameAt(bytes, at + PREFIX.length) : undefined;
    if (name !== undefined) return name;
  }
  return undefined;
}

function nameAt(bytes: Buffer, at: number): string | undefined {
  return /^[\w.]+/.exec(bytes.toString('latin1', at, at + MAX_LINE_BYTES - PREFIX.length))?.[0];
}

function isLineBreak(byte: number | undefined): boolean {
  return byte === 10 || byte === 13;
}

function event(type: string, fields: object): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;
}
