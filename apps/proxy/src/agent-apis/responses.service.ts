import { Injectable } from '@nestjs/common';
import type { Request, Response } from 'express';
import { markOf } from '#continuity';
import { extractErrorText, isContextOverflow, redact } from '#dialects';
import { ContextLengthError, RateLimitError, UpstreamError } from '#errors';
import type { ResponseFailure, ResponsesRequest } from '#responses';
import {
  CompactionEncoder,
  estimateInputTokens,
  isCompaction,
  readResponsesRequest,
  ResponseEncoder,
  toChatRequest,
  toCompactionRequest,
} from '#responses';
import { TranslationService } from '#translation';
import { UpstreamClient } from '#upstream';
import type { RequestContext } from '../edge/request-context.js';
import { toErrorResponse } from '../errors/error-format.js';
import { openAiFormat } from '../errors/openai.js';
import { ModelLookup, rewordModelNotFound } from '../lookup/model-lookup.js';
import { SseWriter } from '../reply/sse-writer.js';
import { streamAnswer } from '../reply/stream-answer.js';
import { callIdsIn } from './call-ids.js';
import { ConversationState } from './conversation-state.js';
import { createOpener, newId, seal } from './envelope.js';
import { UnreadableParts } from './unreadable-parts.js';
import { tokensOfLength } from '#primitives';

/** The Responses API on upstreams that speak chat completions only. */
@Injectable()
export class ResponsesService {
  constructor(
    private readonly lookup: ModelLookup,
    private readonly upstream: UpstreamClient,
    private readonly translation: TranslationService,
    private readonly state: ConversationState,
    private readonly unreadable: UnreadableParts,
  ) {}

  /** @throws ProxyException before the first byte of the reply; later failures are events of the stream */
  async reply(body: unknown, context: RequestContext, response: Response): Promise<void> {
    const request = await this.state.complete(readResponsesRequest(body), context);
    await this.answer(request, isCompaction(request) ? 'compaction-item' : 'answer', context, response);
  }

  /** POST /v1/responses/compact. @throws ProxyException */
  async compact(body: unknown, context: RequestContext, response: Response): Promise<void> {
    const request = await this.state.complete({ ...readResponsesRequest(body), stream: false }, context);
    await this.answer(request, 'compaction', context, response);
  }

  /** POST /v1/responses/input_tokens: an estimate, below the real count in languages such as Chinese. @throws BadRequestError */
  async countTokens(body: unknown, context: RequestContext): Promise<object> {
    const request = await this.state.complete(readResponsesRequest(body), context);
    await this.lookup.resolve(request.model, context, `The model '${request.model}' does not exist`);
    return { object: 'response.input_tokens', input_tokens: estimateInputTokens(request) };
  }

  private async answer(
    request: ResponsesRequest,
    kind: 'answer' | 'compaction-item' | 'compaction',
    context: RequestContext,
    response: Response,
  ): Promise<void> {
    const notFound = `The model '${request.model}' does not exist`;
    const model = await this.lookup.resolve(request.model, context, notFound);
    const translated = (kind === 'answer' ? toChatRequest : toCompactionRequest)(request, createOpener());
    this.unreadable.report(translated.unreadable, model);
    const accepted = await rewordModelNotFound(
      this.upstream.post('/chat/completions', translated.request, model, context),
      model,
      notFound,
    ).catch((failure: unknown) => {
      if (!isOverflow(failure)) throw failure;
      throw new ContextLengthError(
        redact(extractErrorText(failure.body, 'the conversation exceeds the context of the model')),
      );
    });
    const id = newId('resp');
    const { length } = JSON.stringify(translated.request.messages);
    const isStored = kind !== 'compaction' && this.state.willStore(request, context, length);
    const options = {
      ...translated.context,
      echo: { ...translated.context.echo, store: isStored },
      id,
      createdAt: Math.floor(Date.now() / 1000),
      inputEstimate: tokensOfLength(length),
      showsRefusal: !isCodex(response.req),
      seal: (reasoning: string, content?: string) =>
        seal(reasoning, content === undefined ? undefined : { origin: markOf(accepted.origin), content }),
      ...(kind === 'compaction' && { input: request.input }),
    };
    const encoder = kind === 'answer' ? new ResponseEncoder(options) : new CompactionEncoder(options);
    const stream = this.translation.eventStream(encoder, {
      contentType: accepted.response.contentType,
      watchedStops: accepted.watchedStops,
      toolNames: accepted.toolNames,
      openedBy: accepted.openedBy,
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
      keep: (answer) => {
        const { final } = encoder;
        const isKept = isStored && final !== undefined;
        return Promise.all([accepted.keep(answer), isKept && this.state.keep(id, final, request, context)]);
      },
    });
  }
}

/** Codex shows no refusals (protocol C34). */
function isCodex({ headers: { originator } }: Request): boolean {
  return String(originator).startsWith('codex');
}

function isOverflow(failure: unknown): failure is UpstreamError {
  return failure instanceof UpstreamError && isContextOverflow(`${failure.message} ${failure.body}`);
}

/** Clients decide by the code whether they try again. */
function toFailure(failure: unknown): ResponseFailure {
  const { status, body, retryAfter } = toErrorResponse(openAiFormat, failure);
  const { error } = JSON.parse(body) as { error: { message?: unknown } };
  const message = typeof error.message === 'string' ? error.message : 'internal error';
  const code = codeOf(failure, status);
  // Codex waits for as long as the text names.
  const pause =
    code === 'rate_limit_exceeded' && Number(retryAfter) > 0 ? ` Please try again in ${String(retryAfter)}s.` : '';
  return { code, message: message + pause };
}

function codeOf(failure: unknown, status: number): string {
  if (isOverflow(failure)) return 'context_length_exceeded';
  if (failure instanceof UpstreamError && `${failure.message} ${failure.body}`.includes('insufficient_quota'))
    return 'insufficient_quota';
  if (failure instanceof RateLimitError || status === 429) return 'rate_limit_exceeded';
  return status >= 400 && status < 500 ? 'invalid_prompt' : 'server_error';
}
