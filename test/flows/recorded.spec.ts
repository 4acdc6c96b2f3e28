import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { SimulatedModel } from '../../apps/simulator/src/models/models.js';
import type { AskOptions, Seen } from '../support/ask.js';
import { withProxy } from '../support/with-proxy.js';
import { answers, readText } from './every-client.js';
import * as is from './decoders.js';
import { decodeLines, decodeWhole, errorOf } from './support.js';

/** One request as a client sent it. */
interface Recorded {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: (Readonly<Record<string, unknown>> & { model?: string; name?: string }) | null;
}

/** Recordings of real clients; they are kept beside the project and are not part of it. */
const FOLDER = new URL('../../../shared/client-requests/', import.meta.url);
const isThere = existsSync(FOLDER);

/** Headers of the connection, not of the request. */
const HOP_BY_HOP = new Set(['host', 'connection', 'content-length', 'keep-alive', 'transfer-encoding']);

/** A recording is a list of requests, or an object that has one beside notes about the client. */
function entriesOf(recording: unknown): unknown[] {
  return Array.isArray(recording) ? (recording as unknown[]) : (recording as { requests: unknown[] }).requests;
}

function readFile(file: string): Recorded[] {
  const text = readFileSync(new URL(file, FOLDER), 'utf8');
  const entries = file.endsWith('.jsonl')
    ? text
        .split('\n')
        .filter(Boolean)
        .map((row) => JSON.parse(row) as unknown)
    : entriesOf(JSON.parse(text));
  return (entries as (Omit<Recorded, 'name'> & { label?: string })[]).map((entry, index) => ({
    ...entry,
    name: [file, String(index + 1), entry.label ?? ''].join(' ').trim(),
  }));
}

const requests = isThere
  ? readdirSync(FOLDER)
      .filter((file) => /\.jsonl?$/.test(file))
      .flatMap(readFile)
      .filter(({ path }) => isOllamaRoute(path))
  : [];

/** Agents' requests to /v1/messages and /v1/responses are not judged by Ollama's answers. */
function isOllamaRoute(path: string): boolean {
  return path.startsWith('/api/') && path !== '/api/hello';
}

const bare = (name: string): string => name.replace(/:latest$/, '');
const nameIn = ({ body }: Recorded): string => bare(body?.model || body?.name || '');
const names = [...new Set(requests.map(nameIn))].filter(Boolean);

/** One name stands for a chat model here and for an embedding model there: each kind has an upstream of its own. */
const models = (kind: SimulatedModel['kind']): SimulatedModel[] =>
  ['spare', ...names].map((id) => ({
    id,
    kind,
    contextLength: 32_768,
    ...(kind === 'chat' ? { tools: true, vision: true, reasoning: true } : { dimensions: 32 }),
  }));
const strictest = { dialect: 'strictest', catalogue: 'plain' } as const;
const texts = withProxy({ ...strictest, models: models('chat') });
const vectors = withProxy({ ...strictest, models: models('embedding') });

function replay({ method, path, headers, body }: Recorded): Promise<Seen> {
  const sent = Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_BY_HOP.has(name.toLowerCase())));
  const options: AskOptions = { method, headers: sent };
  const setup = path.startsWith('/api/embed') ? vectors : texts;
  return setup.ask(path, body ? JSON.stringify(body) : undefined, options);
}

/** Ollama itself refuses arguments that are a text; models can be deleted if a client has made them, and copied if they exist. */
function refusalOf({ path, body }: Recorded): number | undefined {
  if (path === '/api/delete') return 501;
  if (path === '/api/copy') return 404;
  return JSON.stringify(body ?? {}).includes('"arguments":"') ? 400 : undefined;
}

function checkAnswer({ path, body }: Recorded, seen: Seen): void {
  if (path === '/api/chat' || path === '/api/generate') {
    const read = readText(path, seen);
    expect(seen.type.includes('ndjson')).toBe(body?.stream !== false);
    expect(read.text !== '' || read.calls > 0).toBe(true);
    // A final tool, which an output parser demands, has the results in its arguments.
    if (read.calls === 0) checkToolResults(body, read.text);
  } else if (path === '/api/pull') {
    const step = is.struct({ status: is.string });
    const last = body?.stream === false ? decodeWhole(seen, step) : decodeLines(seen, step).at(-1);
    expect(is.oneOf('success')(last?.status, 'status')).toBe('success');
  } else {
    decodeWhole(seen, answers[path]!);
  }
}

/** Results that end a conversation have reached the upstream. */
function checkToolResults(body: Recorded['body'], text: string): void {
  const messages = (body?.messages ?? []) as { role: string; content: string }[];
  const results = messages.slice(messages.findLastIndex(({ role }) => role !== 'tool') + 1);
  const options = (body?.options ?? {}) as { format?: unknown };
  if (body?.format === undefined && options.format === undefined)
    for (const { content } of results) expect(text).toContain(content);
}

describe.skipIf(!isThere)(`recorded requests${isThere ? '' : ' (there are none beside the project)'}`, () => {
  it.each(requests.map((request) => [request.name, request.method, request.path, request] as const))(
    '%s: %s %s',
    async (_name, _method, _path, request) => {
      const seen = await replay(request);
      const refusal = refusalOf(request);
      if (refusal === undefined) checkAnswer(request, seen);
      else expect([seen.status, errorOf(seen)]).toEqual([refusal, expect.stringMatching(/./)]);
    },
  );

  it('include every recorded client', () => {
    expect(requests.length).toBeGreaterThan(90);
  });
});
