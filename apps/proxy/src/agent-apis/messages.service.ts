import { Injectable } from '@nestjs/common';
import type { Response } from 'express';
import { isContextOverflow, readTokenNumbers } from '#dialects';
import { markOf } from '#continuity';
import { BadRequestError, UpstreamError } from '#errors';
import {
  estimateInputTokens,
  MessageEncoder,
  readMessagesRequest,
  toChatRequest,
  UnavailableSearch,
  wantsSearchOnly,
} from '#messages';
import type { MessagesRequest } from '#messages';
import { TranslationService } from '#translation';
import { UpstreamClient } from '#upstream';
import type { RequestContext } from '../edge/request-context.js';
import { anthropicFormat } from '../errors/anthropic.js';
import { toErrorResponse } from '../errors/error-format.js';
import { ModelLookup, rewordModelNotFound } from '../lookup/model-lookup.js';
import { sendJson } from '../reply/json.js';
import type { SseEvents } from '../reply/sse-writer.js';
import { SseWriter } from '../reply/sse-writer.js';
import { streamAnswer } from '../reply/stream-answer.js';
import { callIdsIn } from './call-ids.js';
import { createOpener, newId, seal } from './envelope.js';
import { UnreadableParts } from './unreadable-parts.js';

/** The Messages API on upstreams that speak chat completions only. */
@Injectable()
export class MessagesService {
  constructor(
    private readonly lookup: ModelLookup,
    private readonly upstream: UpstreamClient,
    private readonly translation: TranslationService,
    private readonly unreadable: UnreadableParts,
  ) {}

  /** @throws ProxyException before the first byte of the reply; later failures are an event of the stream */
  async reply(body: unknown, context: RequestContext, response: Response): Promise<void> {
    const request = readMessagesRequest(body, true);
    const notFound = `model: ${request.model}`;
    const model = await this.lookup.resolve(request.model, context, notFound);
    if (wantsSearchOnly(request)) {
      await this.refuseSearch(request, response);
      return;
    }
    const translated = toChatRequest(request, createOpener());
    this.unreadable.report(translated.unreadable, model);
    const accepted = await rewordModelNotFound(
      this.upstream.post('/chat/completions', translated.request, model, context),
      model,
      notFound,
    ).catch((failure: unknown) => {
      throw toPromptTooLong(failure);
    });
    const encoder = new MessageEncoder({
      ...translated.context,
      id: newId('msg'),
      inputEstimate: estimateInputTokens(request),
      sign: (thinking, content) =>
        seal(thinking, content === undefined ? undefined : { origin: markOf(accepted.origin), content }),
    });
    const stream = this.translation.eventStream(encoder, {
      contentType: accepted.response.contentType,
      watchedStops: accepted.watchedStops,
      toolNames: accepted.toolNames,
      openedBy: accepted.openedBy,
      isStreamed: request.stream,
      takenIds: callIdsIn(translated.request.messages),
      thinking: translated.context.wantsThinking,
    });
    const writer = new SseWriter(response, {
      start: () => encoder.start(),
      ping: () => encoder.ping(),
      fail: (failure) => encoder.start() + toErrorEvent(toPromptTooLong(failure)),
      statusOf: (failure) => toErrorResponse(anthropicFormat, failure).status,
    });
    await streamAnswer(accepted.response, stream, {
      stream: request.stream,
      response,
      record: context.record,
      writer,
      keep: accepted.keep,
    });
  }

  private refuseSearch(request: MessagesRequest, response: Response): Promise<void> {
    const answer = new UnavailableSearch(request, newId('msg'), estimateInputTokens(request));
    if (request.stream) return new SseWriter(response, NO_EVENTS).end([answer.stream()]);
    sendJson(response, answer.whole());
    return Promise.resolve();
  }

  /** POST /v1/messages/count_tokens: an estimate, below the real count in languages such as Chinese. @throws BadRequestError */
  async countTokens(body: unknown, context: RequestContext): Promise<{ input_tokens: number }> {
    const request = readMessagesRequest(body, false);
    await this.lookup.resolve(request.model, context, `model: ${request.model}`);
    return { input_tokens: estimateInputTokens(request) };
  }
}

/** Of a stream that is complete at its beginning. */
const NO_EVENTS: SseEvents = { start: () => '', ping: () => '', fail: () => '', statusOf: () => 500 };

function toErrorEvent(failure: unknown): string {
  return `event: error\ndata: ${toErrorResponse(anthropicFormat, failure).body}\n\n`;
}

/** Clients of this API recognize this text and then shorten the conversation. */
function toPromptTooLong(failure: unknown): unknown {
  if (!(failure instanceof UpstreamError) || !isContextOverflow(`${failure.message} ${failure.body}`)) return failure;
  const { prompt, context } = readTokenNumbers(failure.message);
  const numbers =
    prompt !== undefined && context !== undefined ? `: ${String(prompt)} tokens > ${String(context)} maximum` : '';
  return new BadRequestError(`prompt is too long${numbers}`);
}
