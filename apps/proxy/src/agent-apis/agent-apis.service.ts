import { Injectable } from '@nestjs/common';
import type { Response } from 'express';
import { runSteps } from '#async';
import type { AgentApi } from '#dialects';
import { refusesForms } from '#dialects';
import { UpstreamError } from '#errors';
import type { ResolvedModel, Target } from '#models';
import { isRecord, parseJson } from '#primitives';
import { readGoJson } from '#translation';
import { UpstreamProfiles } from '#upstream';
import type { VirtualModel } from '#virtual-models';
import { hasPlainMessages, isRendered } from '#virtual-models';
import type { RequestContext } from '../edge/request-context.js';
import { sendJson } from '../reply/json.js';
import { MessagesService } from './messages.service.js';
import { ResponsesService } from './responses.service.js';

/** Responses of upstreams to a path that they do not have. */
const MISSING_STATUSES: ReadonlySet<number | undefined> = new Set([404, 405, 501]);

/**
 * Forwards to an upstream that has an agents' API and translates for one that lacks it. An upstream's own API is preferred,
 * because chat completions cannot express all of it.
 */
@Injectable()
export class AgentApis {
  constructor(
    private readonly profiles: UpstreamProfiles,
    private readonly messages: MessagesService,
    private readonly responses: ResponsesService,
  ) {}

  /**
   * Whether the request has to be translated. Stored messages with calls or images have a form of their own in each API, and
   * a template makes a prompt of a chat.
   */
  isMissing(api: AgentApi, model: ResolvedModel, text: string): boolean {
    if (model.virtual && needsChat(model.virtual, text)) return true;
    return model.targets.every((target) => !mayHave(api, target, model) || this.profiles.lacksApi(target, api));
  }

  /**
   * Whether a request that failed has to be translated: the upstream lacks the API, which is recorded, or it refuses forms
   * that translated requests do not have.
   */
  needsTranslation(api: AgentApi, model: ResolvedModel, failure: unknown, text: string): boolean {
    if (api === 'responses' && refusesFormsOf(text, failure)) {
      for (const target of model.targets.slice(0, 1)) this.profiles.countAdaptedRetry(target);
      return true;
    }
    if (!isMissingApi(failure)) return false;
    // Gateways differ by model.
    for (const target of model.targets)
      this.profiles.keep(target, [{ adaptation: { kind: 'no-api', name: api }, retention: 'kept', scope: 'all' }]);
    return true;
  }

  /** Answers by chat completions, and counts of tokens by an estimate. @throws ProxyException before the first byte only */
  async translate(api: AgentApi, text: string, context: RequestContext, response: Response): Promise<void> {
    const body = await runSteps(readGoJson(text), text.length, context.signal);
    switch (api) {
      case 'messages':
        return this.messages.reply(body, context, response);
      case 'message-tokens':
        sendJson(response, await this.messages.countTokens(body, context));
        return;
      case 'responses':
        return this.responses.reply(body, context, response);
      case 'compaction':
        return this.responses.compact(body, context, response);
      case 'input-tokens':
        sendJson(response, await this.responses.countTokens(body, context));
    }
  }
}

function needsChat(virtual: VirtualModel, text: string): boolean {
  if (!hasPlainMessages(virtual)) return true;
  const body = virtual.template === '' ? undefined : parseJson(text);
  return isRecord(body) && isRendered(body, virtual);
}

function refusesFormsOf(text: string, failure: unknown): boolean {
  if (!(failure instanceof UpstreamError) || failure.upstreamStatus === undefined) return false;
  const body = parseJson(text);
  return isRecord(body) && refusesForms(body, { status: failure.upstreamStatus, body: failure.body });
}

export function isMissingApi(failure: unknown): boolean {
  return failure instanceof UpstreamError && MISSING_STATUSES.has(failure.upstreamStatus) && !failure.isModelNotFound;
}

/** The API that each of them is a part of, as configurations and model lists name it. */
const API_OF: Readonly<Record<AgentApi, 'messages' | 'responses'>> = {
  messages: 'messages',
  'message-tokens': 'messages',
  responses: 'responses',
  compaction: 'responses',
  'input-tokens': 'responses',
};

/**
 * Whether a target is sent the client's own API: if it is the preferred one of those configured, or else if the model list
 * does not name other APIs only.
 */
function mayHave(api: AgentApi, { connection, entry }: Target, { rule }: ResolvedModel): boolean {
  const name = API_OF[api];
  const configured = rule?.apis ?? connection.settings.apis;
  if (configured) return configured.find((each) => each === name || each !== 'messages') === name;
  return entry?.apis?.includes(name) ?? true;
}
