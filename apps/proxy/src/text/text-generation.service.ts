import { Injectable } from '@nestjs/common';
import type { Response } from 'express';
import type { Capability, OllamaTextRequest } from '#contracts';
import type { OllamaStream, ResponseSource } from '#translation';
import { checkOptions } from '#translation';
import { UpstreamClient } from '#upstream';
import type { RequestContext } from '../edge/request-context.js';
import { ModelLookup, rewordModelNotFound } from '../lookup/model-lookup.js';
import { sendJson } from '../reply/json.js';
import { NdjsonWriter } from '../reply/ndjson-writer.js';
import { streamAnswer } from '../reply/stream-answer.js';
import { checkCapabilities, resolveThink } from './check-capabilities.js';

/** What differs between /api/chat and /api/generate. */
export interface TextGeneration<Request extends OllamaTextRequest, Line extends object> {
  readonly route: 'chat' | 'generate';
  /** Checks of this route alone. @throws BadRequestError */
  check?(request: Request): void;
  /** What the model has to be able to do for this request. */
  capabilitiesFor(request: Request): readonly Capability[];
  /** Whether the request has no input and only loads or unloads its model. */
  isLoad(request: Request): boolean;
  /** The reply to such a request. */
  loaded(request: Request): Line;
  /** @throws BadRequestError */
  toUpstream(request: Request): { readonly path: string; readonly body: object };
  /** Turns the upstream's response into lines. */
  toLines(request: Request, source: ResponseSource): OllamaStream<Line>;
}

/** Text generation on Ollama's API: model, checks, upstream call and reply. */
@Injectable()
export class TextGenerationService {
  constructor(
    private readonly lookup: ModelLookup,
    private readonly upstream: UpstreamClient,
  ) {}

  /** @throws ProxyException before the first byte of the reply; later failures are reported in the stream */
  async reply<Request extends OllamaTextRequest, Line extends object>(
    generation: TextGeneration<Request, Line>,
    received: Request,
    context: RequestContext,
    response: Response,
  ): Promise<void> {
    const notFound = modelNotFound(received.model);
    // In Ollama's order (protocol W5), so that a request with several mistakes gets the same error.
    const model = await this.lookup.find(received.model, context, notFound);
    const think = resolveThink(received.think, model.entry);
    const request = think === received.think ? received : { ...received, think };
    // Whatever the model can do: the command line stops an embedding model by this route.
    if (generation.isLoad(request) && request.keep_alive === 0) {
      this.lookup.checkLoad(model, notFound);
      this.lookup.touch(model, 0);
      sendJson(response, generation.loaded(request));
      return;
    }
    generation.check?.(request);
    checkCapabilities(request, model.entry, generation.capabilitiesFor(request), generation.route);
    checkOptions(request.options);
    this.lookup.touch(model, request.keep_alive);
    if (generation.isLoad(request)) {
      this.lookup.checkLoad(model, notFound);
      sendJson(response, generation.loaded(request));
      return;
    }
    const { path, body } = generation.toUpstream(request);
    const { record } = context;
    const sent = performance.now();
    const accepted = await rewordModelNotFound(
      this.upstream.post(path, body, model, { ...context, truncate: request.truncate }),
      model,
      notFound,
    );
    const { contentType } = accepted.response;
    const { watchedStops, toolNames, openedBy } = accepted;
    const lines = generation.toLines(request, {
      contentType,
      watchedStops,
      toolNames,
      openedBy,
      received: context.received,
      sent,
    });
    await streamAnswer(accepted.response, lines, {
      stream: request.stream,
      response,
      record,
      writer: new NdjsonWriter(response),
      keep: accepted.keep,
    });
  }
}

export function modelNotFound(name: string): string {
  return `model '${name}' not found`;
}
