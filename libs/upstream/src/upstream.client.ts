import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { AnsweredTurn, OpenAiMessage, OpenedThinking } from '#contracts';
import type { FoundTurns } from '#continuity';
import { Continuity, openSealed, restoreTurns } from '#continuity';
import type { ResolvedModel, Target } from '#models';
import type { NameMap } from '#dialects';
import type { ModelRule } from '#config';
import { applyNativeRule, applyRule, changesRequests, shapeRequest, summarizeRejection } from '#dialects';
import type { UpstreamError } from '#errors';
import type { CallOptions, Deadline, Payload, UpstreamRequestContext, UpstreamResponse } from '#connections';
import { scopeOf } from '#connections';
import { isRecord, parseJson } from '#primitives';
import type { VirtualModel } from '#virtual-models';
import { addToCall, addToForwarded } from '#virtual-models';
import { asChat, mayConvert, toChatCall, toForwardedCall, toMessagesCall, toNativeCall } from './chat-api.js';
import { AdaptedCalls, CHAT_PATH, COMPLETIONS_PATH, isRejection, lacksCompletions } from './adapted-calls.js';
import { sendToFirst, tryTargets } from './attempts.js';
import { UpstreamProfiles } from './upstream-profiles.js';

const RESPONSES_PATH = '/responses';
const MESSAGES_PATH = '/messages';

const NATIVE_PATHS: Readonly<Record<string, 'messages' | 'responses' | undefined>> = {
  [MESSAGES_PATH]: 'messages',
  [RESPONSES_PATH]: 'responses',
};

/** Paths below /v1 whose requests are adapted after a rejection, and the form in which they are sent. */
const ADAPTED_PATHS: Readonly<Record<string, typeof toForwardedCall | undefined>> = {
  [CHAT_PATH]: toForwardedCall,
  '/embeddings': toForwardedCall,
  [RESPONSES_PATH]: toNativeCall,
  [MESSAGES_PATH]: toMessagesCall,
};

/** The response of the upstream that accepted the request. */
export interface Accepted {
  readonly response: UpstreamResponse;
  /** Stop sequences that the upstream does not support: the answer has to be cut at them here. */
  readonly watchedStops: readonly string[];
  /** Tool names as sent → as the client knows them, where they differ. */
  readonly toolNames: NameMap;
  /** Identifies the upstream and the model that can read encrypted reasoning of the answer. Not for clients. */
  readonly origin: string;
  /** Closing mark of the thinking in which the answer begins, where the model's chat template opens it. */
  readonly openedBy: string | undefined;
  /**
   * Keeps what later requests need of a complete answer. Never rejects.
   * @returns a promise where other replicas share it: it has to resolve before the client can send its next request
   */
  readonly keep: (answer: CompleteAnswer) => Promise<void> | undefined;
}

/** What later requests may need of an answer. */
interface CompleteAnswer {
  /** Of an answer with tool calls. */
  readonly turn: AnsweredTurn | undefined;
  readonly openedThinking: OpenedThinking | undefined;
}

type ForwardOptions = CallOptions & { readonly rule: ModelRule | undefined };

/** The two forms of a chat with a virtual model that has a template. */
interface RenderedCall<T> {
  /** What is sent as the prompt, with the messages it was made of. */
  readonly body: Record<string, unknown>;
  readonly prompt: () => Promise<T>;
  readonly chat: () => Promise<T>;
}

interface ToCall {
  readonly toCall: typeof toForwardedCall;
}

/**
 * Sends requests to the targets of a model: adapts them to each upstream, retries, and fails over to the next target as
 * long as no response has begun.
 */
@Injectable()
export class UpstreamClient {
  constructor(
    private readonly profiles: UpstreamProfiles,
    private readonly adapted: AdaptedCalls,
    private readonly continuity: Continuity,
  ) {}

  /**
   * Sends a neutral request, adapted to each upstream, with the parts of earlier turns that the client did not return.
   * @throws ProxyException
   */
  async post(
    path: string,
    request: NeutralRequest,
    model: ResolvedModel,
    context: UpstreamRequestContext,
  ): Promise<Accepted> {
    const call = model.virtual ? addToCall({ path, body: request }, model.virtual) : { path, body: request };
    const { messages = [] } = call.body;
    const found = this.continuity.find(scopeOf(context), messages);
    const turns = found instanceof Promise ? await found : found;
    return tryTargets(model, context, (target, attemptContext, deadline) => {
      const posted = { path: call.path, request: call.body, turns, model, context: attemptContext, deadline };
      const { chat } = call;
      if (!chat) return this.postAdapted(target, posted);
      return this.sendRendered(target, {
        body: { ...call.body, messages: chat.messages },
        prompt: () => this.postAdapted(target, posted),
        // A chat that a template can render has no tool calls, so nothing of its turns is kept.
        chat: () => this.postAdapted(target, { ...posted, path, request: chat }),
      });
    });
  }

  /**
   * Sends a client's JSON unchanged but for the model: `textFor` inserts the upstream's id. On the paths of
   * ADAPTED_PATHS a request that the upstream rejects is adapted and sent again. @throws ProxyException
   */
  forward(
    path: string,
    textFor: (id: string) => string,
    resolved: ResolvedModel,
    context: UpstreamRequestContext,
  ): Promise<UpstreamResponse> {
    return tryTargets(resolved, context, (target, attemptContext, deadline) => {
      const { connection, model } = target;
      const options = { context: attemptContext, model, deadline };
      const call = resolved.virtual && this.withAdditions(path, textFor(model), target, resolved.virtual);
      const ruled = { ...options, rule: resolved.rule };
      if (call?.chat) {
        const { body, chat } = call;
        return this.sendRendered(target, {
          body: { ...body, messages: chat.messages },
          prompt: () => this.forwardPrompt(target, body, ruled),
          chat: () => this.forwardAdapted(target, path, JSON.stringify(chat), { ...ruled, toCall: toForwardedCall }),
        });
      }
      const text = call ? JSON.stringify(call.body) : textFor(model);
      // Clients of the Messages API have `?beta=true` there.
      const toCall = ADAPTED_PATHS[path] ?? (pathOnly(path) === MESSAGES_PATH ? toMessagesCall : undefined);
      if (!toCall) return connection.post(path, withNativeRule(path, text, resolved.rule), options);
      return this.forwardAdapted(target, path, text, { ...ruled, toCall });
    });
  }

  /** A client's body with what a virtual model adds to it; its defaults only in fields that the upstream's dialect has. */
  private withAdditions(
    path: string,
    text: string,
    target: Target,
    virtual: VirtualModel,
  ): ReturnType<typeof addToForwarded> | undefined {
    const body = toBody(text);
    if (!body) return undefined;
    const shape = (defaults: Record<string, unknown>): Record<string, unknown> =>
      shapeRequest(defaults, this.profiles.of(target, defaults, [])).body;
    return addToForwarded(pathOnly(path), body, virtual, shape);
  }

  /**
   * Sends the prompt that the template of a virtual model has made of a chat; to an upstream without text completions,
   * the chat, which the upstream's own template renders.
   */
  private async sendRendered<T>(target: Target, { body: sent, prompt, chat }: RenderedCall<T>): Promise<T> {
    if (this.profiles.lacksApi(target, 'completions')) return chat();
    let rejection: UpstreamError;
    try {
      return await prompt();
    } catch (failure) {
      if (!isRejection(failure) || !lacksCompletions(failure, sent)) throw failure;
      rejection = failure;
    }
    this.profiles.countAdaptedRetry(target);
    const accepted = await chat();
    const { upstreamStatus: status = 0, body } = rejection;
    const reason = summarizeRejection({ status, body }, sent);
    const adaptation = { kind: 'no-api', name: 'completions' } as const;
    this.profiles.keep(target, [{ adaptation, retention: 'kept', scope: 'all', reason }]);
    this.profiles.noteLost(target, ['TEMPLATE']);
    return accepted;
  }

  /** A client's own chat as the text completion that the template of a virtual model has made of it. */
  private async forwardPrompt(
    target: Target,
    body: Record<string, unknown>,
    { rule, ...options }: ForwardOptions,
  ): Promise<UpstreamResponse> {
    const { response } = await this.adapted.send(target, {
      ...options,
      path: COMPLETIONS_PATH,
      rule,
      request: applyRule(body, rule),
      toCall: toForwardedCall,
    });
    return asChat(response);
  }

  private async forwardAdapted(
    target: Target,
    path: string,
    text: string,
    { rule, toCall, ...options }: ForwardOptions & ToCall,
  ): Promise<UpstreamResponse> {
    const isChat = path === CHAT_PATH;
    const isChanged = isChat && (changesRequests(rule) || mayConvert(target, rule));
    const payload = withNativeRule(path, text, rule);
    let rejection: UpstreamError | undefined;
    if (!isChanged && !this.profiles.hasKept(target)) {
      try {
        return await target.connection.post(path, payload, options);
      } catch (failure) {
        if (!isRejection(failure)) throw failure;
        rejection = failure;
      }
    }
    const body = toBody(payload);
    if (!body) {
      if (rejection) throw rejection;
      return target.connection.post(path, payload, options);
    }
    const isRuled = isChat && changesRequests(rule);
    const { response } = await this.adapted.send(target, {
      ...options,
      path,
      rule: isRuled ? rule : undefined,
      request: isRuled ? applyRule(body, rule) : body,
      ...(!isRuled && { text: payload }),
      toCall,
      rejection,
    });
    return response;
  }

  /** Sends a stream, which can be read once only, to the first target. @throws ProxyException */
  async forwardOnce(
    path: string,
    payload: Payload,
    { targets }: ResolvedModel,
    context: UpstreamRequestContext,
  ): Promise<UpstreamResponse> {
    return sendToFirst(targets, context, ({ connection }, attemptContext) =>
      connection.post(path, payload, { context: attemptContext }),
    );
  }

  /**
   * Sends a request without a body. A POST or DELETE is sent once, to one upstream: after a lost response it may have
   * succeeded, and another upstream may have another object under that id.
   * @throws ProxyException
   */
  fetch(
    method: 'GET' | 'POST' | 'DELETE',
    path: string,
    model: ResolvedModel,
    context: UpstreamRequestContext,
  ): Promise<UpstreamResponse> {
    if (method !== 'GET') {
      return sendToFirst(model.targets, context, ({ connection }, attemptContext) =>
        connection.fetch(method, path, { context: attemptContext }),
      );
    }
    return tryTargets(model, context, ({ connection }, attemptContext, deadline) =>
      connection.fetch(method, path, { context: attemptContext, deadline }),
    );
  }

  /** Sends a neutral request to one target. */
  private async postAdapted(
    target: Target,
    { path, request, turns, model, context, deadline }: PostedCall,
  ): Promise<Accepted> {
    const { rule } = model;
    const { messages = [] } = request;
    const origin = originOf(target);
    const opened = openSealed(messages, origin);
    const isRestored = turns.size > 0 || opened !== messages;
    const restored = isRestored ? { ...request, messages: restoreTurns(opened, turns, origin) } : request;
    const { response, call } = await this.adapted.send(target, {
      path,
      request: applyRule({ ...restored, model: target.model }, rule),
      rule,
      toCall: toChatCall,
      context,
      deadline,
    });
    const { leftOut } = call;
    this.profiles.accept(target, call.body);
    if (leftOut.messages > 0 || leftOut.characters > 0) this.profiles.countShortened(target, leftOut);
    const thinks = request.reasoning_effort !== 'none';
    const keep = ({ turn, openedThinking }: CompleteAnswer): Promise<void> | undefined => {
      if (openedThinking && !mentions(messages, openedThinking.closing))
        this.profiles.keepOpenedThinking(target, openedThinking, { thinks, conversation: conversationOf(messages) });
      return turn && this.continuity.keep({ scope: scopeOf(context), origin }, messages, turn);
    };
    const { watchedStops, toolNames } = call;
    const openedBy = this.profiles.openedBy(target, thinks);
    return { response, watchedStops, toolNames, origin, openedBy, keep };
  }
}

function pathOnly(path: string): string {
  return path.split('?', 1)[0] ?? path;
}

/** The body of a client; undefined for anything but an object. */
function toBody(text: string): Record<string, unknown> | undefined {
  const value = parseJson(text);
  return isRecord(value) ? value : undefined;
}

/** A client's request of an agents' API with what a rule of the mapping file changes. */
function withNativeRule(path: string, text: string, rule: ModelRule | undefined): string {
  const api = NATIVE_PATHS[pathOnly(path)];
  const body = api && changesRequests(rule) ? toBody(text) : undefined;
  return api && rule && body ? JSON.stringify(applyNativeRule(api, body, rule)) : text;
}

/** A request that the dialect of its upstream has not shaped yet: of a chat, a completion or an embedding. */
interface NeutralRequest {
  readonly messages?: readonly OpenAiMessage[];
  readonly reasoning_effort?: string;
  readonly prompt?: unknown;
  readonly input?: unknown;
}

/** A mark that the answer may only repeat. Earlier answers do not count. */
function mentions(messages: readonly OpenAiMessage[], mark: string): boolean {
  return JSON.stringify(messages.filter(({ role }) => role !== 'assistant')).includes(mark);
}

/** Its first message after the instructions, which is the same in all requests of a conversation, as a digest. */
function conversationOf(messages: readonly OpenAiMessage[]): string {
  const first = messages.find(({ role }) => role !== 'system' && role !== 'developer');
  return createHash('sha256')
    .update(JSON.stringify(first ?? ''))
    .digest('base64url');
}

interface PostedCall {
  readonly path: string;
  readonly request: NeutralRequest;
  /** What is kept of the turns in its conversation. */
  readonly turns: FoundTurns;
  readonly model: ResolvedModel;
  readonly context: UpstreamRequestContext;
  readonly deadline: Deadline | undefined;
}

/** Opaque parts of a turn belong to the account and the model that made them. */
function originOf({ connection, model }: Target): string {
  return `${connection.name}\n${connection.settings.baseUrl}\n${model}`;
}
