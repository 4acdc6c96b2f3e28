import { Logger } from '@nestjs/common';
import type { AxiosInstance } from 'axios';
import axios from 'axios';
import type { Readable } from 'node:stream';
import { Agent } from 'undici';
import type { LogSettings, UpstreamSettings } from '#config';
import { UpstreamError } from '#errors';
import type { CallContext } from './call-context.js';
import { shapeOf } from './payload-shape.js';
import { retryCalls } from './retry.js';
import { undiciAdapter } from './undici.adapter.js';
import type { BatchConsumer, UpstreamBody } from './upstream-body.js';
import { toProxyException } from './upstream-failure.js';

/** Idle sockets are closed before the backend's side does it, so that a call never meets a closing one. */
const KEEP_ALIVE_MS = 4000;

/** A backend's addresses change behind its name: no socket serves new calls for longer than this. */
const SOCKET_LIFE_MS = 300_000;

/** Longest list or description that is read whole. */
const MAX_JSON_BYTES = 64 * 1024 * 1024;

/** A body on its way, after a status below 300. */
export interface UpstreamResponse {
  readonly status: number;
  readonly contentType: string;
  readonly headers: Readonly<Record<string, unknown>>;
  /** @throws UpstreamError when the body breaks off or falls silent, ClientClosedError when the client left */
  forEachBatch(consume: BatchConsumer): Promise<void>;
  /** Ends the reading here: whatever follows is not needed. */
  stop(): void;
}

/** What is sent: JSON as an object or ready as text, or a body that streams through with its own content type. */
export type Payload = object | string | { readonly stream: Readable; readonly headers: Record<string, string> };

/** One backend. It knows paths, bytes and clocks; never what they mean. */
export class UpstreamConnection {
  private readonly logger = new Logger('Upstream');
  private readonly agent: Agent;
  private readonly http: AxiosInstance;

  constructor(
    readonly settings: UpstreamSettings,
    private readonly log: Pick<LogSettings, 'payloads'>,
  ) {
    const { tls, connectMs, idleMs, firstByteMs, maxRetries, headers } = settings;
    this.agent = new Agent({
      connect: { timeout: connectMs, ca: tls.ca, cert: tls.cert, key: tls.key, rejectUnauthorized: tls.verify },
      keepAliveTimeout: KEEP_ALIVE_MS,
      clientTtl: SOCKET_LIFE_MS,
      headersTimeout: 0,
      bodyTimeout: 0,
      allowH2: false,
    });
    this.http = axios.create({
      adapter: undiciAdapter({ dispatcher: this.agent, idleMs }),
      transformRequest: [],
      transformResponse: [],
      timeout: firstByteMs,
      headers: { accept: 'application/json, text/event-stream', 'user-agent': 'ollama-openai-proxy', ...headers },
    });
    if (maxRetries > 0) retryCalls(this.http, maxRetries);
  }

  get name(): string {
    return this.settings.name;
  }

  /**
   * Sends a body and resolves as soon as the backend has accepted it. `model` fills `{model}` of the base URL.
   * @throws UpstreamError for a status from 300 on, a failed connection or silence; ClientClosedError
   */
  async post(path: string, payload: Payload, model: string, call: CallContext): Promise<UpstreamResponse> {
    const { stream, text, headers } = toWire(payload);
    if (this.log.payloads && typeof payload === 'object' && !stream) {
      this.logger.debug({ upstream: this.name, path, body: shapeOf(payload) }, 'upstream request');
    }
    return this.send('post', this.urlOf(path, model), call, stream ?? text, headers);
  }

  /** Any other call, without a body. @throws as post */
  async fetch(method: 'get' | 'delete', path: string, call: CallContext): Promise<UpstreamResponse> {
    return this.send(method, this.urlOf(path, ''), call);
  }

  /** Fetches and parses JSON. @throws as post, and as readJson */
  async getJson(path: string, call: CallContext): Promise<unknown> {
    return readJson(await this.fetch('get', path, call));
  }

  /** Takes no new calls; the sockets are closed when the running ones have ended. */
  async close(): Promise<void> {
    await this.agent.close();
  }

  /** Ends everything at once. */
  async destroy(): Promise<void> {
    await this.agent.destroy();
  }

  /** A path for each deployment, and none in it for what concerns them all. */
  private urlOf(path: string, model: string): string {
    const { baseUrl, query } = this.settings;
    const base =
      model === '' ? baseUrl.replace(/\/[^/]*\/\{model\}$/, '') : baseUrl.replace('{model}', encodeURIComponent(model));
    if (query === '') return base + path;
    return base + path + (path.includes('?') ? query.replace('?', '&') : query);
  }

  private async send(
    method: 'get' | 'post' | 'delete',
    url: string,
    call: CallContext,
    data?: unknown,
    headers?: Record<string, string>,
  ): Promise<UpstreamResponse> {
    try {
      const response = await this.http.request<UpstreamBody>({
        method,
        url,
        data,
        signal: call.signal,
        headers: { 'x-request-id': call.correlationId, ...this.callerKey(call), ...headers },
      });
      if (response.status >= 300) {
        response.data.stop();
        throw new UpstreamError(`upstream error: redirected (status ${response.status})`, { status: 502 });
      }
      return toResponse(response.status, response.headers, response.data);
    } catch (error) {
      throw toProxyException(error, this.settings.auth === 'client' && call.clientKey !== undefined);
    }
  }

  private callerKey({ clientKey }: CallContext): Record<string, string> {
    return this.settings.auth === 'client' && clientKey !== undefined ? { authorization: `Bearer ${clientKey}` } : {};
  }
}

function toWire(payload: Payload): { stream?: Readable; text?: string; headers: Record<string, string> } {
  if (typeof payload === 'string') return { text: payload, headers: { 'content-type': 'application/json' } };
  if ('stream' in payload && typeof payload.stream === 'object') {
    const { stream, headers } = payload;
    return { stream, headers };
  }
  return { text: JSON.stringify(payload), headers: { 'content-type': 'application/json' } };
}

function toResponse(status: number, headers: Record<string, unknown>, body: UpstreamBody): UpstreamResponse {
  return {
    status,
    contentType: typeof headers['content-type'] === 'string' ? headers['content-type'] : '',
    headers,
    forEachBatch: (consume) => body.forEachBatch(consume).catch(rethrow),
    stop: () => {
      body.stop();
    },
  };
}

/** Reads a whole JSON answer. @throws UpstreamError for one that is not JSON, too large or broken off */
export async function readJson(response: UpstreamResponse): Promise<unknown> {
  const parts: Uint8Array[] = [];
  let size = 0;
  await response.forEachBatch((batch) => {
    for (const part of batch) {
      parts.push(part);
      size += part.length;
    }
    if (size > MAX_JSON_BYTES) throw new UpstreamError('upstream error: the answer is too large', { status: 502 });
    return undefined;
  });
  const text = Buffer.concat(parts, size).toString('utf8');
  try {
    return JSON.parse(text.replace(/^\uFEFF/, '')) as unknown;
  } catch {
    throw new UpstreamError(`upstream error: malformed data (${text.length} characters)`, { status: 502 });
  }
}

function rethrow(error: unknown): never {
  throw toProxyException(error);
}
