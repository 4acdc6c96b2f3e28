import { Injectable } from '@nestjs/common';
import type { Request, Response } from 'express';
import { isContextOverflow } from '#dialects';
import { RateLimitError, UnsupportedError, UpstreamError } from '#errors';
import { readResponsesRequest, ResponseEncoder, toChatRequest } from '#responses';
import type { ResponseFailure } from '#responses';
import { TranslationService } from '#translation';
import { UpstreamClient } from '#upstream';
import type { RequestContext } from '../edge/request-context.js';
import { toErrorResponse } from '../errors/error-format.js';
import { openAiFormat } from '../errors/openai.js';
import { ModelLookup, rewordModelNotFound } from '../lookup/model-lookup.js';
import { SseWriter } from '../reply/sse-writer.js';
import { streamAnswer } from '../reply/stream-answer.js';
import { callIdsIn } from './call-ids.js';
import { newId, open, seal } from './envelope.js';

/** Rough average, for upstreams that send no usage. */
const CHARACTERS_PER_TOKEN = 4;

/** The Responses API on upstreams that speak chat completions only. */
@Injectable()
export class ResponsesService {
  constructor(
    private readonly lookup: ModelLookup,
    private readonly upstream: UpstreamClient,
    private readonly translation: TranslationService,
  ) {}

  /** @throws ProxyException before the first byte of the reply; later failures are events of the stream */
  async reply(body: unknown, context: RequestContext, response: Response): Promise<void> {
    const request = readResponsesRequest(body);
    if (request.previousResponseId !== undefined)
      throw new UnsupportedError(
        `Previous response with id '${request.previousResponseId}' not found: this server stores no responses, send the whole conversation as input.`,
      );
    const notFound = `The model '${request.model}' does not exist`;
    const model = await this.lookup.resolve(request.model, context, notFound);
    const translated = toChatRequest(request, open);
    const accepted = await rewordModelNotFound(
      this.upstream.post('/chat/completions', translated.request, model, context),
      model,
      notFound,
    );
    const encoder = new ResponseEncoder({
      ...translated.context,
      id: newId('resp'),
      createdAt: Math.floor(Date.now() / 1000),
      inputEstimate: Math.ceil(JSON.stringify(translated.request.messages).length / CHARACTERS_PER_TOKEN),
      showsRefusal: !isCodex(response.req),
      seal,
    });
    const stream = this.translation.eventStream(encoder, {
      contentType: accepted.response.contentType,
      watchedStops: accepted.watchedStops,
      toolNames: accepted.toolNames,
      isStreamed: request.stream,
      takenIds: callIdsIn(translated.request.messages),
      thinking: true,
    });
    const writer = new SseWriter(response, {
      start: () => encoder.start(),
      // A comment: every parser ignores it.
      ping: () => ': keep-alive\n\n',
      fail: (failure) => encoder.fail(toFailure(failure)),
      statusOf: (failure) => toErrorResponse(openAiFormat, failure).status,
    });
    await streamAnswer(accepted.response, stream, {
      stream: request.stream,
      response,
      record: context.record,
      writer,
      keepTurn: accepted.keepTurn,
    });
  }
}

/** Codex shows no refusals (protocol C34). */
function isCodex({ headers: { originator } }: Request): boolean {
  return String(originator).startsWith('codex');
}

/** Clients decide by the code whether they try again. */
function toFailure(failure: unknown): ResponseFailure {
  const { status, body } = toErrorResponse(openAiFormat, failure);
  const { error } = JSON.parse(body) as { error: { message?: unknown } };
  const message = typeof error.message === 'string' ? error.message : 'internal error';
  return { code: codeOf(failure, status), message };
}

function codeOf(failure: unknown, status: number): string {
  if (failure instanceof UpstreamError && isContextOverflow(`${failure.message} ${failure.body}`))
    return 'context_length_exceeded';
  if (failure instanceof RateLimitError || status === 429) return 'rate_limit_exceeded';
  return status >= 400 && status < 500 ? 'invalid_prompt' : 'server_error';
}
