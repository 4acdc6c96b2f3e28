import type { OnApplicationShutdown } from '@nestjs/common';
import { Injectable, Logger } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import type { AxiosInstance } from 'axios';
import axios from 'axios';
import { Agent } from 'undici';
import type { Settings, UpstreamSettings } from '#config';
import { UpstreamError } from '#errors';
import type { CallContext } from './call-context.js';
import { retryCalls } from './retry.js';
import { undiciAdapter } from './undici.adapter.js';
import { toProxyException } from './upstream-failure.js';
import { shapeOf } from './payload-shape.js';
import type { BatchConsumer, UpstreamBody } from './upstream-body.js';

/** Idle sockets are closed before the backend's side does it, so that a call never meets a closing one. */
const KEEP_ALIVE_MS = 4000;

/** A backend's addresses change behind its name: no socket serves new calls for longer than this. */
const SOCKET_LIFE_MS = 300_000;

/** Longest list or description that is read whole. */
const MAX_JSON_BYTES = 64 * 1024 * 1024;

/** A body on its way, after a status below 400. */
export interface UpstreamResponse {
  readonly contentType: string;
  /** @throws UpstreamError when the body breaks off or falls silent, ClientClosedError when the client left */
  forEachBatch(consume: BatchConsumer): Promise<void>;
  /** Ends the reading here: whatever follows is not needed. */
  stop(): void;
}

/** The only door to the backend. It knows paths, bytes and clocks; never what they mean. */
@Injectable()
export class UpstreamClient implements OnApplicationShutdown {
  private readonly logger = new Logger('Upstream');
  private readonly logsPayloads: boolean;
  private readonly settings: UpstreamSettings;
  private readonly agent: Agent;
  private readonly http: AxiosInstance;

  constructor(config: ConfigService<Settings, true>) {
    this.settings = config.get('upstream', { infer: true });
    this.logsPayloads = config.get('log', { infer: true }).payloads;
    this.agent = new Agent({
      connect: { timeout: this.settings.connectMs },
      keepAliveTimeout: KEEP_ALIVE_MS,
      clientTtl: SOCKET_LIFE_MS,
      headersTimeout: 0,
      bodyTimeout: 0,
      allowH2: false,
    });
    this.http = axios.create({
      adapter: undiciAdapter({ dispatcher: this.agent, idleMs: this.settings.idleMs }),
      transformRequest: [],
      transformResponse: [],
      timeout: this.settings.firstByteMs,
      headers: {
        accept: 'application/json, text/event-stream',
        'user-agent': 'ollama-openai-proxy',
        ...(this.settings.apiKey && { authorization: `Bearer ${this.settings.apiKey}` }),
      },
    });
    if (this.settings.maxRetries > 0) retryCalls(this.http, this.settings.maxRetries);
  }

  /**
   * Sends JSON and resolves as soon as the backend has accepted it.
   * @throws UpstreamError for a status from 300 on, a failed connection or silence; ClientClosedError
   */
  async post(path: string, body: object, call: CallContext): Promise<UpstreamResponse> {
    if (this.logsPayloads) this.logger.debug({ path, body: shapeOf(body) }, 'upstream request');
    const { data, contentType } = await this.send('post', path, call, JSON.stringify(body));
    return {
      contentType,
      forEachBatch: (consume) => data.forEachBatch(consume).catch(rethrow),
      stop: () => {
        data.stop();
      },
    };
  }

  /** Sends JSON and reads the whole JSON answer. @throws as post, and UpstreamError for a body that is not JSON */
  async postJson(path: string, body: object, call: CallContext): Promise<unknown> {
    if (this.logsPayloads) this.logger.debug({ path, body: shapeOf(body) }, 'upstream request');
    const { data } = await this.send('post', path, call, JSON.stringify(body));
    return readJson(data);
  }

  /** Fetches and parses JSON. @throws as postJson */
  async getJson(path: string, call: CallContext): Promise<unknown> {
    const { data } = await this.send('get', path, call);
    return readJson(data);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.agent.destroy();
  }

  private async send(
    method: 'get' | 'post',
    path: string,
    call: CallContext,
    data?: string,
  ): Promise<{ data: UpstreamBody; contentType: string }> {
    try {
      const response = await this.http.request<UpstreamBody>({
        method,
        url: `${this.settings.baseUrl}${path}${this.settings.query}`,
        data,
        signal: call.signal,
        headers: {
          'x-request-id': call.correlationId,
          ...(data !== undefined && { 'content-type': 'application/json' }),
        },
      });
      if (response.status >= 300) response.data.stop();
      const contentType = String(response.headers['content-type'] ?? '');
      if (response.status < 300) return { data: response.data, contentType };
      throw new UpstreamError(`upstream error: redirected (status ${String(response.status)})`, { status: 502 });
    } catch (error) {
      throw toProxyException(error);
    }
  }
}

async function readJson(body: UpstreamBody): Promise<unknown> {
  const text = await body.text(MAX_JSON_BYTES).catch(rethrow);
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new UpstreamError(`upstream error: malformed data (${text.length} characters)`, { status: 502 });
  }
}

function rethrow(error: unknown): never {
  throw toProxyException(error);
}
