import { Reflector } from '@nestjs/core';
import type { AgentApi } from '#dialects';
import type { OperationDocs } from './operation-docs.js';
import type { ErrorFormatName } from '../errors/error-format.js';

/** Value of the metric label `api`. */
export type Api = 'ollama' | 'openai' | 'service';

/** `gen_ai.operation.name` of OpenTelemetry's semantic conventions. */
export type GenAiOperation = 'chat' | 'text_completion' | 'embeddings' | 'generate_content';

/**
 * Everything that the service knows of a route besides its method and path. Written once, beside the handler, and read from the
 * `RouteTable` by everything else.
 */
export interface RouteDeclaration {
  /**
   * Value of the metric label `operation`; routes may share one. Absent for routes that count as `other` and are not listed
   * at `/`: files of a page, and parts of an API that are always refused.
   */
  readonly operation?: string;
  /** By default from the path: `ollama` below /api, `openai` below /v1, else `service`. */
  readonly api?: Api;
  /** Format of error responses; by default OpenAI's below /v1, else Ollama's. Paths below this one share it. */
  readonly errors?: ErrorFormatName;
  /**
   * `key` (the default) needs an API key where keys are configured, `public` needs none, and `operational` is also exempt
   * from rate limits and from overload protection.
   */
  readonly access?: 'key' | 'public' | 'operational';
  /** Whether requests count towards the rate limits. By default all do, except those of operational routes. */
  readonly isLimited?: boolean;
  /** How the body of a request is handled: `text` (the default) is read before the handler runs, `stream` is left to it. */
  readonly body?: 'text' | 'stream';
  /** The body may hold images in fields of their own, which are worth extracting from large bodies. */
  readonly hasImages?: boolean;
  /** Set for routes that run a model: their calls use tokens. */
  readonly genAi?: GenAiOperation;
  /** An API that many upstreams lack: it is served here, mostly by chat completions, where the upstream responds 404. */
  readonly agentApi?: AgentApi;
  /** Of a GET route: whether HEAD is answered like GET without the body. By default outside of /api, as in Ollama. */
  readonly answersHead?: boolean;
  /** Text of the link to this route on the page at `/`. */
  readonly link?: string;
  /** Its operation in the OpenAPI document, by the name of the handler; absent for routes that are not documented. */
  readonly docs?: () => Promise<Readonly<Record<string, OperationDocs>>>;
}

/** Declares a route; stands beside `@Get`, `@Post` and the like. */
export const Route = Reflector.createDecorator<RouteDeclaration>();
