import { Logger } from '@nestjs/common';
import type { AxiosInstance } from 'axios';
import type { Readable } from 'node:stream';
import { Agent } from 'undici';
import type { LogSettings, UpstreamSettings } from '#config';
import type { UpstreamRequestContext } from './request-context.js';
import type { Permit, CallOutcome } from './circuit-breaker.js';
import { Gate, outcomeOf } from './gate.js';
import { writeJson } from '#json-bytes';
import { redactPayload } from './redact-payload.js';
import { readJson } from './read-json.js';
import { readErrorBody } from './read-error-body.js';
import type { TransportResponse } from './transport.js';
import { send } from './transport.js';
import type { BatchConsumer, UpstreamBody } from './upstream-body.js';
import { toProxyException, toStatusError } from './upstream-failure.js';

/** Idle sockets are closed before the backend's side does it, so that a call never meets a closing one. */
const KEEP_ALIVE_TIMEOUT_MS = 4000;
/** A backend's addresses change behind its name: no socket serves new calls for longer than this. */
const MAX_SOCKET_AGE_MS = 300_000;
/**
 * A backend that sends its head at once and is lost before its first byte has answered nothing yet: for so long after the
 * head another one may still be asked. The client does not wait longer for its own head.
 */
const FIRST_BYTE_GRACE_MS = 1000;

/** A body on its way, after a status below 300. */
export interface UpstreamResponse {
  readonly status: number;
  readonly contentType: string;
  readonly headers: Readonly<Record<string, unknown>>;
  /** Some of the body, or its end, came soon after the head. */
  readonly hasFirstByte: boolean;
  /** @throws UpstreamError when the body breaks off or falls silent, ClientClosedError when the client left */
  forEachBatch(consume: BatchConsumer): Promise<void>;
  /** Ends the reading here: whatever follows is not needed. */
  stop(): void;
}

/** What is sent: JSON as an object or ready as text, or a body that streams through with its own content type. */
export type Payload = object | string | { readonly stream: Readable; readonly headers: Record<string, string> };

/** Shorter values of headers are words like "true", which every other text holds. */
const MIN_SECRET_LENGTH = 8;

const JSON_TYPE = { 'content-type': 'application/json' };

/** One backend. It knows paths, bytes and clocks; never what they mean. */
export class UpstreamConnection {
  /** Counts, limits and the circuit breaker of this backend. */
  readonly gate: Gate;
  private readonly logger = new Logger('Upstream');
  private readonly agent: Agent;
  /** For lists and descriptions; calls for clients take the short way. Made for the first of them. */
  private http: AxiosInstance | undefined;
  private readonly origin: string;
  private readonly basePath: string;
  private readonly headers: Readonly<Record<string, string>>;
  /** What a backend may repeat in its refusals, and nobody else may see. */
  private readonly secrets: readonly string[];

  constructor(
    readonly settings: UpstreamSettings,
    private readonly log: Pick<LogSettings, 'payloads'>,
  ) {
    const { tls, connectMs, headers, baseUrl } = settings;
    this.gate = new Gate(settings);
    this.agent = new Agent({
      connect: { timeout: connectMs, ca: tls.ca, cert: tls.cert, key: tls.key, rejectUnauthorized: tls.verify },
      keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
      clientTtl: MAX_SOCKET_AGE_MS,
      headersTimeout: 0,
      bodyTimeout: 0,
      allowH2: false,
    });
    this.origin = new URL(baseUrl).origin;
    this.basePath = baseUrl.slice(this.origin.length);
    this.headers = {
      accept: 'application/json, text/event-stream',
      'user-agent': 'ollama-openai-proxy',
      ...headers,
    };
    this.secrets = Object.values(headers)
      .map((value) => value.replace(/^Bearer /, ''))
      .filter((value) => value.length >= MIN_SECRET_LENGTH);
  }

  get name(): string {
    return this.settings.name;
  }

  /**
   * Sends a body and resolves as soon as the backend has begun to answer. `model` fills `{model}` of the base URL; `deadline`,
   * in monotonic milliseconds, bounds everything until the last byte of the answer.
   * @throws UpstreamError for a status from 300 on, a failed connection or silence; CircuitOpenError; OverloadedError;
   * ClientClosedError
   */
  post(
    path: string,
    payload: Payload,
    model: string,
    call: UpstreamRequestContext,
    deadline = this.deadline(),
  ): Promise<UpstreamResponse> {
    if (typeof payload === 'string') return this.call('POST', path, model, call, deadline, payload, JSON_TYPE);
    if ('stream' in payload && typeof payload.stream === 'object') {
      return this.call('POST', path, model, call, deadline, payload.stream, payload.headers);
    }
    if (this.log.payloads) {
      this.logger.debug({ upstream: this.name, path, body: redactPayload(payload) }, 'upstream request');
    }
    const body = writeJson(payload, call.extractedBase64);
    const headers = typeof body === 'string' ? JSON_TYPE : { ...JSON_TYPE, 'content-length': lengthOf(body) };
    return this.call('POST', path, model, call, deadline, body, headers);
  }

  /** Any other call, without a body. @throws as post */
  fetch(
    method: 'get' | 'delete',
    path: string,
    call: UpstreamRequestContext,
    deadline = this.deadline(),
  ): Promise<UpstreamResponse> {
    return this.call(method === 'get' ? 'GET' : 'DELETE', path, '', call, deadline, null);
  }

  /** Fetches and parses JSON, past the queue and the circuit breaker. @throws as post, and as readJson */
  async getJson(path: string, call: UpstreamRequestContext): Promise<unknown> {
    const { createClient, unwrap } = await import('./undici.adapter.js');
    this.http ??= createClient({
      dispatcher: this.agent,
      clocks: this.settings,
      headers: this.headers,
      secrets: this.secrets,
    });
    try {
      const { data } = await this.http.get<UpstreamBody>(this.origin + this.pathOf(path, ''), {
        signal: call.signal,
        headers: { 'x-request-id': call.correlationId },
      });
      return await readJson(data);
    } catch (error) {
      throw toProxyException(unwrap(error));
    }
  }

  /** Takes no new calls; the sockets are closed when the running ones have ended. */
  async close(): Promise<void> {
    await this.agent.close();
  }

  /** Ends everything at once. */
  async destroy(): Promise<void> {
    await this.agent.destroy();
  }

  private deadline(): number {
    return performance.now() + this.settings.totalMs;
  }

  /** A path for each deployment, and none in it for what concerns them all. Half a character would not be encoded. */
  private pathOf(path: string, model: string): string {
    const { basePath } = this;
    const { query } = this.settings;
    const base =
      model === ''
        ? basePath.replace(/\/[^/]*\/\{model\}$/, '')
        : basePath.replace('{model}', () => encodeURIComponent(Buffer.from(model).toString()));
    if (query === '') return base + path;
    return base + path + (path.includes('?') ? query.replace('?', '&') : query);
  }

  private async call(
    method: 'GET' | 'POST' | 'DELETE',
    path: string,
    model: string,
    call: UpstreamRequestContext,
    deadline: number,
    body: string | readonly Uint8Array[] | Readable | null,
    bodyHeaders?: Readonly<Record<string, string>>,
  ): Promise<UpstreamResponse> {
    const { gate, settings } = this;
    // Whoever is let in has to leave: nothing that may throw stands between the two.
    const where = this.pathOf(path, model);
    const headers = this.headersOf(call, bodyHeaders);
    const entered = gate.acquire(call);
    const entry = typeof entered === 'string' ? entered : await entered;
    try {
      const response = await send(this.agent, {
        origin: this.origin,
        path: where,
        method,
        body,
        headers,
        signal: call.signal,
        firstByteMs: settings.firstByteMs,
        idleMs: settings.idleMs,
        totalMs: settings.totalMs,
        deadline,
        onSettled: (status, error) => {
          this.leave(entry, outcomeOf(status, error && toProxyException(error)));
        },
      });
      if (response.status < 300) {
        await response.body.waitForFirstByte(FIRST_BYTE_GRACE_MS);
        return toResponse(response);
      }
      const text = await readErrorBody(response.body, this.secrets);
      throw toStatusError(response.status, response.headers, text, this.sendsKeyOf(call));
    } catch (error) {
      throw toProxyException(error);
    }
  }

  private leave(entry: Permit, verdict: CallOutcome): void {
    const { breaker } = this.gate;
    const before = breaker.state;
    this.gate.release(entry, verdict);
    if (breaker.state === before) return;
    if (before === 'closed') this.logger.warn(`upstream "${this.name}" is left alone: too many of its calls failed`);
    else if (breaker.state === 'closed') this.logger.log(`upstream "${this.name}" is back`);
  }

  private headersOf(
    call: UpstreamRequestContext,
    bodyHeaders?: Readonly<Record<string, string>>,
  ): Record<string, string> {
    const { clientKey } = call;
    const { keyHeader } = this.settings;
    return {
      ...this.headers,
      ...(this.sendsKeyOf(call) && {
        [keyHeader]: keyHeader === 'authorization' ? `Bearer ${String(clientKey)}` : String(clientKey),
      }),
      'x-request-id': call.correlationId,
      ...call.record?.traceHeaders,
      ...call.headers,
      ...bodyHeaders,
    };
  }

  private sendsKeyOf({ clientKey }: UpstreamRequestContext): boolean {
    return this.settings.auth === 'client' && clientKey !== undefined;
  }
}

function toResponse({ status, headers, body }: TransportResponse): UpstreamResponse {
  return {
    status,
    contentType: typeof headers['content-type'] === 'string' ? headers['content-type'] : '',
    headers,
    hasFirstByte: body.hasFirstByte,
    forEachBatch: (consume) => body.forEachBatch(consume).catch(rethrow),
    stop: () => {
      body.stop();
    },
  };
}

function lengthOf(pieces: readonly Uint8Array[]): string {
  return String(pieces.reduce((sum, { length }) => sum + length, 0));
}

function rethrow(error: unknown): never {
  throw toProxyException(error);
}
