import { Logger } from '@nestjs/common';
import type { AxiosInstance } from 'axios';
import type { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import { EnvHttpProxyAgent, Pool } from 'undici';
import type { LogSettings, UpstreamSettings } from '#config';
import type { ProxyException } from '#errors';
import { ModelNotFoundError, UpstreamError } from '#errors';
import { runInTurns } from '#async';
import { writeJson } from '#json-bytes';
import type { UpstreamRequestContext } from './request-context.js';
import type { CallOutcome, Permit } from './circuit-breaker.js';
import { Gate, outcomeOf } from './gate.js';
import { redactPayload } from './redact-payload.js';
import { readJson } from './read-json.js';
import { readErrorBody } from './read-error-body.js';
import type { Deadline, TransportResponse } from './transport.js';
import { deadlineAfter, send } from './transport.js';
import type { BatchConsumer, UpstreamBody } from './upstream-body.js';
import { viaOf } from './via.js';
import { isWebPage, toProxyException, toStatusError, toWebPageError } from './upstream-failure.js';

/** Shorter than the idle timeout of common servers (5 s in Node), so that a call rarely meets a socket being closed. */
const KEEP_ALIVE_TIMEOUT_MS = 4000;
/** Limits how long a changed DNS record can go unnoticed: older sockets serve no new calls. */
const MAX_SOCKET_AGE_MS = 300_000;
/**
 * An upstream that sends its headers and then fails before the first byte of the body has not answered: for this long
 * after the headers, failover is still possible. The headers to the client are delayed by at most as much.
 */
const FIRST_BYTE_GRACE_MS = 1000;
/** Shorter header values are words like "true" that occur in ordinary texts. */
const MIN_SECRET_LENGTH = 8;

/** No model has a name that is escaped more often, and each level is one more pass over the name. */
const MAX_ESCAPE_LEVELS = 4;
const ESCAPE = /%[\da-f]{2}/i;
const ESCAPES = /%([\da-f]{2})/gi;

const JSON_TYPE = { 'content-type': 'application/json' };

/** A response with a status below 300, before its body has been read. */
export interface UpstreamResponse {
  readonly status: number;
  readonly contentType: string;
  readonly headers: Readonly<Record<string, unknown>>;
  /** Part of the body, or its end, arrived soon after the headers. */
  readonly hasFirstByte: boolean;
  /** @throws UpstreamError when the body ends early or times out, ClientClosedError when the client disconnected */
  forEachBatch(consume: BatchConsumer): Promise<void>;
  /** Discards the rest of the body. */
  stop(): void;
  /** Header values of the call, which the body may quote in an error. */
  readonly secrets: readonly string[];
}

/** A JSON object, JSON text, or a stream with the headers that describe it. */
export type Payload = object | string | { readonly stream: Readable; readonly headers: Record<string, string> };

export interface CallOptions {
  readonly context: UpstreamRequestContext;
  /** Fills `{model}` of the base URL; without it the path segment of the deployment is left out. */
  readonly model?: string;
  /** For the call up to its last byte; by default TOTAL_TIMEOUT from now. */
  readonly deadline?: Deadline | undefined;
  /** Instead of STREAM_IDLE_TIMEOUT, if it is longer; 0 for no limit. */
  readonly idleMs?: number;
}

/** What a call of this service itself needs. */
export interface ListCall extends Pick<UpstreamRequestContext, 'correlationId'> {
  readonly signal: AbortSignal;
}

interface OutgoingRequest {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly body: string | Uint8Array[] | Readable | null;
  /** Headers that describe the body. */
  readonly bodyHeaders?: Readonly<Record<string, string>>;
  readonly options: CallOptions;
}

/** HTTP calls to one upstream. It handles paths, bytes and timeouts; bodies are opaque to it. */
export class UpstreamConnection {
  readonly gate: Gate;
  private readonly logger = new Logger('Upstream');
  private readonly dispatcher: Dispatcher;
  /** Created with the first call of `getJson`. */
  private http: AxiosInstance | undefined;
  private readonly origin: string;
  private readonly basePath: string;
  private readonly headers: Readonly<Record<string, string>>;
  /** Secret header values, which are masked where an upstream quotes them in an error. */
  private readonly secrets: readonly string[];

  constructor(
    readonly settings: UpstreamSettings,
    private readonly log: Pick<LogSettings, 'payloads'>,
    pseudonym: string,
  ) {
    const { headers, baseUrl } = settings;
    this.gate = new Gate(settings);
    this.origin = new URL(baseUrl).origin;
    this.dispatcher = createDispatcher(settings, this.origin);
    this.basePath = baseUrl.slice(this.origin.length);
    this.headers = {
      accept: 'application/json, text/event-stream',
      'user-agent': 'ollama-openai-proxy',
      via: viaOf(pseudonym),
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
   * Sends a body and resolves when the response has begun.
   * @throws UpstreamError for a status from 300 on, a failed connection or a timeout; CircuitOpenError; OverloadedError;
   * ClientClosedError
   */
  post(path: string, payload: Payload, options: CallOptions): Promise<UpstreamResponse> {
    const method = 'POST';
    if (typeof payload === 'string') return this.call({ method, path, body: payload, bodyHeaders: JSON_TYPE, options });
    if ('stream' in payload && typeof payload.stream === 'object') {
      return this.call({ method, path, body: payload.stream, bodyHeaders: payload.headers, options });
    }
    if (this.log.payloads) {
      this.logger.debug({ upstream: this.name, path, body: redactPayload(payload) }, 'upstream request');
    }
    const body = writeJson(payload, options.context.extractedBase64);
    if (typeof body === 'string') return this.call({ method, path, body, bodyHeaders: JSON_TYPE, options });
    return runInTurns(body, options.context.signal).then((pieces) =>
      this.call({
        method,
        path,
        body: pieces,
        bodyHeaders: { ...JSON_TYPE, 'content-length': byteLength(pieces) },
        options,
      }),
    );
  }

  /** Sends a request without a body. @throws as `post` */
  fetch(method: OutgoingRequest['method'], path: string, options: CallOptions): Promise<UpstreamResponse> {
    return this.call({ method, path, body: null, options });
  }

  /**
   * Reads JSON that the proxy itself needs, such as the model list. Bypasses queue and circuit breaker, and uses axios
   * (docs/decisions/2026-11-24-transport.md).
   * @throws as `post`, and UpstreamError for a body that is not JSON
   */
  async getJson(path: string, { signal, correlationId }: ListCall): Promise<unknown> {
    const { createClient, unwrapError } = await import('./axios-client.js');
    const { fieldNames } = this.settings;
    this.http ??= createClient({
      dispatcher: this.dispatcher,
      timeouts: this.settings,
      headers: this.headers,
      secrets: this.secrets,
    });
    try {
      const { data, headers } = await this.http.get<UpstreamBody>(this.origin + this.pathOf(path, undefined), {
        signal,
        headers: { 'x-request-id': correlationId },
      });
      if (isWebPage({ headers })) {
        data.stop();
        throw toWebPageError(fieldNames);
      }
      return await readJson(data);
    } catch (error) {
      const [pathname = ''] = path.split('?');
      const failure = toProxyException(unwrapError(error, { path: pathname, fieldNames }));
      // Other lists are optional.
      throw pathname === '/models' ? this.noteFailure(failure) : failure;
    }
  }

  /** Accepts no new calls; the sockets are closed when the running ones have ended. */
  async close(): Promise<void> {
    await this.dispatcher.close();
  }

  /** Aborts all running calls. */
  async destroy(): Promise<void> {
    await this.dispatcher.destroy();
  }

  /**
   * Path and query of a call. encodeURIComponent throws for a lone surrogate, which the Buffer replaces.
   * @throws ModelNotFoundError for a model that may leave the path of its deployment
   */
  private pathOf(path: string, model: string | undefined): string {
    const { basePath } = this;
    if (model !== undefined && basePath.includes('{model}') && !isSafeInPath(model)) {
      throw new ModelNotFoundError(`model '${model}' not found`);
    }
    const base =
      model === undefined
        ? basePath.replace(/\/[^/]*\/\{model\}$/, '')
        : basePath.replace('{model}', () => encodeURIComponent(Buffer.from(model).toString()));
    return base + withQuery(path, this.settings.query);
  }

  private async call(request: OutgoingRequest): Promise<UpstreamResponse> {
    const { method, path, body, bodyHeaders, options } = request;
    const { gate, settings } = this;
    const { context, model, deadline = deadlineAfter(settings.totalMs) } = options;
    // Between acquire and onSettled nothing may throw, or the permit would not be released: these two come before.
    const pathAndQuery = this.pathOf(path, model);
    const headers = this.headersOf(context, bodyHeaders);
    const acquired = gate.acquire(context);
    const permit = typeof acquired === 'string' ? acquired : await acquired;
    try {
      const response = await send(this.dispatcher, {
        origin: this.origin,
        path: pathAndQuery,
        method,
        body,
        headers,
        signal: context.signal,
        firstByteMs: settings.firstByteMs,
        idleMs: longer(settings.idleMs, options.idleMs),
        deadline,
        onSettled: (status, error) => {
          this.release(permit, outcomeOf(status, error && toProxyException(error)), context);
        },
      });
      if (response.status < 300) {
        if (method === 'POST' && isWebPage(response)) {
          response.body.stop();
          throw toWebPageError(settings.fieldNames);
        }
        await response.body.waitForFirstByte(FIRST_BYTE_GRACE_MS);
        return toResponse(response, this.secrets);
      }
      const text = await readErrorBody(response.body, this.secrets);
      throw toStatusError({
        ...response,
        text,
        hasClientKey: this.sendsClientKey(context),
        // With `{model}` in it, a 404 for the path means an unknown deployment.
        path: this.basePath.includes('{model}') ? '' : path,
        fieldNames: settings.fieldNames,
      });
    } catch (error) {
      throw this.noteFailure(toProxyException(error));
    }
  }

  /** Keeps a failure that an operator may have to look at. */
  private noteFailure(error: ProxyException): ProxyException {
    const isRelevant =
      error instanceof UpstreamError &&
      (error.upstreamStatus === undefined || error.upstreamStatus >= 500 || error.status === 502);
    if (isRelevant) this.gate.lastFailure = { error, at: performance.now() };
    return error;
  }

  private release(permit: Permit, outcome: CallOutcome, context: UpstreamRequestContext): void {
    const { breaker } = this.gate;
    const before = breaker.state;
    this.gate.release(permit, outcome, context);
    if (breaker.state === before) return;
    if (before === 'closed') this.logger.warn(`upstream "${this.name}": circuit opened, too many calls failed`);
    else if (breaker.state === 'closed') this.logger.log(`upstream "${this.name}": circuit closed`);
  }

  private headersOf(
    context: UpstreamRequestContext,
    bodyHeaders?: Readonly<Record<string, string>>,
  ): Record<string, string> {
    const { clientKey, record, via } = context;
    const headers: Record<string, string> = { ...this.headers, 'x-request-id': context.correlationId };
    if (this.sendsClientKey(context)) {
      const { keyHeader } = this.settings;
      headers[keyHeader] = keyHeader === 'authorization' ? `Bearer ${String(clientKey)}` : String(clientKey);
    }
    if (record?.traceHeaders) Object.assign(headers, record.traceHeaders);
    if (context.headers) Object.assign(headers, context.headers);
    if (via !== undefined) headers.via = via;
    return bodyHeaders ? Object.assign(headers, bodyHeaders) : headers;
  }

  private sendsClientKey({ clientKey }: UpstreamRequestContext): boolean {
    return this.settings.auth === 'client' && clientKey !== undefined;
  }
}

/** The sockets of one upstream. */
function createDispatcher({ tls, connectMs, httpProxy }: UpstreamSettings, origin: string): Dispatcher {
  const verified = { ca: tls.ca, cert: tls.cert, key: tls.key, rejectUnauthorized: tls.verify };
  const options = {
    connect: { timeout: connectMs, ...verified },
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    clientTtl: MAX_SOCKET_AGE_MS,
    headersTimeout: 0,
    bodyTimeout: 0,
    allowH2: false,
  };
  if (!httpProxy) return new Pool(origin, options);
  // The agent would read the environment for anything undefined. An empty httpsProxy means that httpProxy is used.
  return new EnvHttpProxyAgent({
    ...options,
    httpProxy: httpProxy.url,
    httpsProxy: '',
    noProxy: httpProxy.except,
    requestTls: verified,
    // Not implied by allowH2, which is about the upstream.
    proxyTls: { allowH2: false },
    connectTimeout: connectMs,
  });
}

function toResponse({ status, headers, body }: TransportResponse, secrets: readonly string[]): UpstreamResponse {
  return {
    status,
    contentType: typeof headers['content-type'] === 'string' ? headers['content-type'] : '',
    headers,
    hasFirstByte: body.hasFirstByte,
    forEachBatch: (consume) => body.forEachBatch(consume, toProxyException),
    stop: () => {
      body.stop();
    },
    secrets,
  };
}

function byteLength(chunks: readonly Uint8Array[]): string {
  return String(chunks.reduce((sum, { length }) => sum + length, 0));
}

/** The longer of two limits, of which 0 is none. */
function longer(limitMs: number, otherMs = limitMs): number {
  return limitMs === 0 || otherMs === 0 ? 0 : Math.max(limitMs, otherMs);
}

/**
 * Whether a model's name stays within the path of its deployment. URL parsers resolve dot segments, even with their dots
 * escaped (WHATWG URL, "double-dot URL path segment"), gateways decode escapes once more, and some servers drop control
 * characters or what follows a semicolon.
 */
function isSafeInPath(model: string): boolean {
  let name = model;
  for (let level = 0; ESCAPE.test(name); level += 1) {
    if (level === MAX_ESCAPE_LEVELS) return false;
    name = name.replaceAll(ESCAPES, (_escape, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  }
  const segments = name.split(/[/\\]/).map((segment) => segment.replace(/;.*/s, '').replaceAll(/[\0-\x20\x7f]/g, ''));
  return model !== '' && !segments.some((segment) => segment === '.' || segment === '..');
}

/** Adds the query of the configured URL, which replaces a client's parameters of the same name. @param query '' or `?…` */
function withQuery(path: string, query: string): string {
  const at = path.indexOf('?');
  if (query === '' || at < 0) return path + query;
  const names = new Set(parameterNames(query));
  const kept = path
    .slice(at + 1)
    .split('&')
    .filter((parameter) => parameter !== '' && !parameterNames(parameter).some((name) => names.has(name)));
  return [path.slice(0, at) + query, ...kept].join('&');
}

/** In lower case: some servers, such as Azure's, ignore it. */
function parameterNames(query: string): string[] {
  return [...new URLSearchParams(query).keys()].map((name) => name.toLowerCase());
}
