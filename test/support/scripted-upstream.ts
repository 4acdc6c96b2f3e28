import type { IncomingHttpHeaders } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import type { AskOptions, Seen } from './ask.js';
import { ask } from './ask.js';
import type { RunningProxy } from './start-proxy.js';
import { startProxy } from './start-proxy.js';

export interface UpstreamCall {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Record<string, unknown>;
}

/** The status, if it is not 200, and the body; or the text of an event stream. */
export type Answer = readonly [number, unknown] | object | string;

export interface ScriptedUpstream {
  readonly proxy: RunningProxy;
  /** All POSTs that reached the upstream. */
  readonly calls: UpstreamCall[];
  ask(path: string, body?: unknown, options?: AskOptions): Promise<Seen>;
}

/** A chat completion. */
export const chatAnswer = (content: string, more: object = {}): object => ({
  choices: [{ message: { role: 'assistant', content, ...more }, finish_reason: 'stop' }],
});

/** The events of a chat completion whose text comes in pieces of `size` characters; `last` is its last delta. */
export function chatEvents(content: string, size: number, reason = 'stop', last: object = {}): string {
  const pieces = Array.from({ length: Math.ceil(content.length / size) }, (_, at) =>
    content.slice(at * size, (at + 1) * size),
  );
  const deltas = pieces.map((piece) => ({ index: 0, delta: { content: piece }, finish_reason: null }));
  const choices = [...deltas, { index: 0, delta: last, finish_reason: reason }];
  return `${choices.map((choice) => `data: ${JSON.stringify({ choices: [choice] })}\n\n`).join('')}data: [DONE]\n\n`;
}

/** A proxy in front of an upstream with the model `m`, for one test. */
export async function withUpstream(
  answer: (call: UpstreamCall) => Answer,
  environment: Record<string, string> = {},
  entry: object = {},
): Promise<ScriptedUpstream> {
  const calls: UpstreamCall[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const reply = (status: number, body: unknown): void =>
        void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
      if (request.method === 'GET') {
        reply(200, { data: [{ id: 'm', object: 'model', owned_by: 'x', ...entry }] });
        return;
      }
      const body = JSON.parse(Buffer.concat(chunks).toString()) as Record<string, unknown>;
      const call = { path: String(request.url), headers: request.headers, body };
      calls.push(call);
      const answered = answer(call);
      if (typeof answered === 'string') response.writeHead(200, { 'content-type': 'text/event-stream' }).end(answered);
      else if (Array.isArray(answered)) reply(Number(answered[0]), answered[1]);
      else reply(200, answered);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const proxy = await startProxy(`http://127.0.0.1:${port}/v1`, environment);
  onTestFinished(async () => {
    await proxy.close();
    server.closeAllConnections();
    server.close();
  });
  return { proxy, calls, ask: (path, body, options) => ask(`${proxy.url}${path}`, body, options) };
}
