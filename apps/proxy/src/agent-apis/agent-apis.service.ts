import { Injectable } from '@nestjs/common';
import type { Response } from 'express';
import { runSteps } from '#async';
import { UpstreamError } from '#errors';
import type { ResolvedModel } from '#models';
import { BoundedMap } from '#primitives';
import { readGoJson } from '#translation';
import { hasPlainMessages } from '#virtual-models';
import type { RequestContext } from '../edge/request-context.js';
import type { AgentApi } from '../routes/route.decorator.js';
import { MessagesService } from './messages.service.js';
import { ResponsesService } from './responses.service.js';

/** An upstream may be updated: whether it has an API is tried again after this. */
const MISSING_MS = 60 * 60 * 1000;
const MAX_MISSING = 1000;

/** Responses of upstreams to a path that they do not have. */
const MISSING_STATUSES: ReadonlySet<number | undefined> = new Set([404, 405, 501]);

/**
 * Forwards to an upstream that has an agents' API and translates for one that lacks it. An upstream's own API is preferred,
 * because chat completions cannot express all of it.
 */
@Injectable()
export class AgentApis {
  /** By API, upstreams and model (gateways differ by model): until when it is known to be missing, in monotonic milliseconds. */
  private readonly missing = new BoundedMap<string, number>(MAX_MISSING);

  constructor(
    private readonly messages: MessagesService,
    private readonly responses: ResponsesService,
  ) {}

  /** Whether the request has to be translated. Stored messages with calls or images have a form of their own in each API. */
  isMissing(api: AgentApi, model: ResolvedModel): boolean {
    if (model.virtual && !hasPlainMessages(model.virtual)) return true;
    return (this.missing.get(keyOf(api, model)) ?? 0) > performance.now();
  }

  /** Records that the upstream lacks the API if the failure shows it. @returns whether it does */
  noteFailure(api: AgentApi, model: ResolvedModel, failure: unknown): boolean {
    const isMissing = isMissingApi(failure);
    if (isMissing) this.missing.set(keyOf(api, model), performance.now() + MISSING_MS);
    return isMissing;
  }

  /** Answers by chat completions. @throws ProxyException before the first byte only */
  async translate(api: AgentApi, text: string, context: RequestContext, response: Response): Promise<void> {
    const body = await runSteps(readGoJson(text), text.length, context.signal);
    if (api === 'messages') await this.messages.reply(body, context, response);
    else if (api === 'responses') await this.responses.reply(body, context, response);
    else await this.responses.compact(body, context, response);
  }
}

export function isMissingApi(failure: unknown): boolean {
  return failure instanceof UpstreamError && MISSING_STATUSES.has(failure.upstreamStatus) && !failure.isModelNotFound;
}

function keyOf(api: AgentApi, { targets }: ResolvedModel): string {
  return [api, ...targets.flatMap(({ connection, model }) => [connection.settings.baseUrl, model])].join('\n');
}
