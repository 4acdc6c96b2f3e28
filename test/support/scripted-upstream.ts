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

/** The status, if it is not 200, and the body. */
export type Answer = readonly [number, unknown] | object;

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
      if (Array.isArray(answered)) reply(Number(answered[0]), answered[1]);
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
