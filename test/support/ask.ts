import type { Dispatcher, Headers } from 'undici';
import { fetch } from 'undici';

/** What a client saw of one answer. */
export interface Seen {
  readonly status: number;
  readonly type: string;
  readonly headers: Headers;
  readonly text: string;
  /** The body's lines, parsed; empty when it is not JSON. */
  readonly lines: Line[];
}

export type Line = Record<string, unknown> & {
  message?: {
    role: string;
    content: string;
    thinking?: string;
    tool_calls?: { id: string; function: Record<string, unknown> }[];
  };
  response?: string;
  error?: unknown;
  done?: boolean;
  done_reason?: string;
};

export interface AskOptions {
  readonly signal?: AbortSignal;
  readonly headers?: Record<string, string>;
  readonly method?: string;
  /** Its own connections, for those who count them. */
  readonly dispatcher?: Dispatcher;
}

/** Sends a body as it is given (JSON for objects) and reads the answer to its end. */
export async function ask(url: string, body?: unknown, options: AskOptions = {}): Promise<Seen> {
  const response = await fetch(url, {
    method: options.method ?? (body === undefined ? 'GET' : 'POST'),
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    ...(options.signal && { signal: options.signal }),
    ...(options.headers && { headers: options.headers }),
    ...(options.dispatcher && { dispatcher: options.dispatcher }),
  });
  const text = await response.text();
  return {
    status: response.status,
    type: response.headers.get('content-type') ?? '',
    headers: response.headers,
    text,
    lines: toLines(text),
  };
}

function toLines(text: string): Line[] {
  try {
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Line);
  } catch {
    return [];
  }
}

/** A user's message with a script for the simulator in front. */
export function scripted(script: object, text = 'hello'): { role: string; content: string } {
  return { role: 'user', content: `@sim ${JSON.stringify(script)}\n${text}` };
}

export function textOf(lines: readonly Line[]): string {
  return lines.map((line) => line.message?.content ?? line.response ?? '').join('');
}

/** Waits until a condition holds, for `ms` at most; says whether it did. */
export async function until(condition: () => boolean, ms: number): Promise<boolean> {
  const end = performance.now() + ms;
  while (performance.now() < end) {
    if (condition()) return true;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return condition();
}
