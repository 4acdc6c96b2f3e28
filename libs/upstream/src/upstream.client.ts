import { Injectable } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AnsweredTurn, OpenAiMessage } from '#contracts';
import type { FoundTurns } from '#continuity';
import { Continuity, restoreTurns } from '#continuity';
import type { ResolvedModel, Target } from '#models';
import type { NameMap, ProposedAdaptation } from '#dialects';
import type { ModelRule, UpstreamSettings } from '#config';
import {
  applyNativeRule,
  applyRule,
  changesRequests,
  findAdaptation,
  isInvalidSchema,
  isOverflow,
  shapeRequest,
  shorterHistoryFor,
  unreadableImageType,
} from '#dialects';
import { BadRequestError, ModelNotFoundError, UpstreamError } from '#errors';
import type { CallOptions, Deadline, Payload, UpstreamRequestContext, UpstreamResponse } from '#connections';
import { abortReason, deadlineAfter, scopeOf } from '#connections';
import { isRecord, parseJson } from '#primitives';
import type { VirtualModel } from '#virtual-models';
import { addToCall, addToForwarded } from '#virtual-models';
import type { ChatCall, ChatSource } from './chat-api.js';
import { chatApiOf, mayConvert, toChatCall, toForwardedCall } from './chat-api.js';
import { orderTargets } from './order-targets.js';
import { UpstreamProfiles } from './upstream-profiles.js';
import { mayFailOver, moreInformative, retryDelay } from './retry-policy.js';

/** Changes to one request before its rejection is passed on (protocol D29). */
const MAX_ADAPTED_RETRIES = 3;

/** Of these, those that shorten a conversation. */
const MAX_SHORTENINGS = 2;

/** Ollama's words. */
const PROMPT_TOO_LONG =
  'the prompt is longer than the context length currently available to the model; shorten the prompt, adjust the context length in settings, or use a model with a longer context length';

/** Statuses with which upstreams reject a JSON schema (protocol D29). */
const SCHEMA_ERROR_STATUS = new Set([400, 422, 500]);

/** Metric label for models that are in no list: names that clients make up must not create series. */
const UNLISTED_MODEL = 'other';

const CHAT_PATH = '/chat/completions';

const NATIVE_PATHS: Readonly<Record<string, 'messages' | 'responses' | undefined>> = {
  '/messages': 'messages',
  '/responses': 'responses',
};

/** Paths below /v1 whose requests are adapted after a rejection. */
const ADAPTED_PATHS: ReadonlySet<string> = new Set([CHAT_PATH, '/embeddings']);

/** The response of the upstream that accepted the request. */
export interface Accepted {
  readonly response: UpstreamResponse;
  /** Stop sequences that the upstream does not support: the answer has to be cut at them here. */
  readonly watchedStops: readonly string[];
  /** Tool names as sent → as the client knows them, where they differ. */
  readonly toolNames: NameMap;
  /**
   * Keeps an answer with tool calls for the next request of the conversation. Never rejects.
   * @returns a promise where other replicas share it: it has to resolve before the client can send its next request
   */
  readonly keepTurn: (turn: AnsweredTurn) => Promise<void> | undefined;
}

interface Attempt {
  readonly target: Target;
  /** Failed attempts at this target before this one. */
  readonly failures: number;
  /** To wait before this attempt. */
  readonly delayMs: number;
}

/** Sends one attempt to a target. */
type Send<T> = (target: Target, context: UpstreamRequestContext, deadline: Deadline | undefined) => Promise<T>;

/**
 * Sends requests to the targets of a model: adapts them to each upstream, retries, and fails over to the next target as
 * long as no response has begun.
 */
@Injectable()
export class UpstreamClient {
  constructor(
    private readonly profiles: UpstreamProfiles,
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
    const turns = await this.continuity.find(scopeOf(context), messages);
    return this.tryTargets(model, context, (target, attemptContext, deadline) =>
      this.postAdapted(target, {
        path: call.path,
        request: call.body,
        turns,
        model,
        context: attemptContext,
        deadline,
      }),
    );
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
    return this.tryTargets(resolved, context, (target, attemptContext, deadline) => {
      const { connection, model } = target;
      const text = resolved.virtual
        ? this.withAdditions(path, textFor(model), target, resolved.virtual)
        : textFor(model);
      const options = { context: attemptContext, model, deadline };
      if (!ADAPTED_PATHS.has(path)) return connection.post(path, withNativeRule(path, text, resolved.rule), options);
      return this.forwardAdapted(target, path, text, { ...options, rule: resolved.rule });
    });
  }

  /** A client's body with what a virtual model adds to it; its defaults only in fields that the upstream's dialect has. */
  private withAdditions(path: string, text: string, target: Target, virtual: VirtualModel): string {
    const body = toBody(text);
    if (!body) return text;
    const shape = (defaults: Record<string, unknown>): Record<string, unknown> =>
      shapeRequest(defaults, this.profiles.of(target, defaults, [])).body;
    const pathOnly = path.split('?', 1)[0] ?? path;
    return JSON.stringify(addToForwarded(pathOnly, body, virtual, shape));
  }

  private async forwardAdapted(
    target: Target,
    path: string,
    text: string,
    { rule, ...options }: CallOptions & { readonly rule: ModelRule | undefined },
  ): Promise<UpstreamResponse> {
    const isChat = path === CHAT_PATH;
    const isChanged = isChat && (changesRequests(rule) || mayConvert(target, rule));
    let rejection: UpstreamError | undefined;
    if (!isChanged && !this.profiles.hasKept(target)) {
      try {
        return await target.connection.post(path, text, options);
      } catch (failure) {
        if (!isRejection(failure)) throw failure;
        rejection = failure;
      }
    }
    const body = toBody(text);
    if (!body) {
      if (rejection) throw rejection;
      return target.connection.post(path, text, options);
    }
    const isRuled = isChat && changesRequests(rule);
    const { response } = await this.sendAdapted(target, {
      ...options,
      path,
      rule: isRuled ? rule : undefined,
      request: isRuled ? applyRule(body, rule) : body,
      ...(!isRuled && { text }),
      toCall: toForwardedCall,
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
    return this.sendToFirst(targets, context, ({ connection }, attemptContext) =>
      connection.post(path, payload, { context: attemptContext }),
    );
  }

  /**
   * Sends a request without a body. A DELETE is sent once, to one upstream: after a lost response it may have succeeded, and
   * another upstream may have another object under that id.
   * @throws ProxyException
   */
  fetch(
    method: 'GET' | 'DELETE',
    path: string,
    model: ResolvedModel,
    context: UpstreamRequestContext,
  ): Promise<UpstreamResponse> {
    if (method === 'DELETE') {
      return this.sendToFirst(model.targets, context, ({ connection }, attemptContext) =>
        connection.fetch(method, path, { context: attemptContext }),
      );
    }
    return this.tryTargets(model, context, ({ connection }, attemptContext, deadline) =>
      connection.fetch(method, path, { context: attemptContext, deadline }),
    );
  }

  /** Sends to the first target without retry or failover. */
  private async sendToFirst<T>(
    targets: readonly Target[],
    context: UpstreamRequestContext,
    send: (target: Target, context: UpstreamRequestContext) => Promise<T>,
  ): Promise<T> {
    const [target] = orderTargets(targets, Math.random);
    if (!target) throw noTarget();
    if (context.record) context.record.upstream = target.connection.name;
    return traceAttempt(context, target.connection.settings, 0, (attemptContext) => send(target, attemptContext));
  }

  /**
   * Tries each target once, then retries those that failed for a temporary reason, until one accepts.
   * @throws ProxyException: the most informative failure
   */
  private async tryTargets<T>(resolved: ResolvedModel, context: UpstreamRequestContext, send: Send<T>): Promise<T> {
    const { record } = context;
    if (record) record.model = modelLabel(resolved);
    const start = performance.now();
    const queue: Attempt[] = orderTargets(resolved.targets, Math.random).map((target) => ({
      target,
      failures: 0,
      delayMs: 0,
    }));
    let failure: unknown;
    let sent = 0;
    for (let attempt = queue.shift(); attempt; attempt = queue.shift()) {
      const { target, failures, delayMs } = attempt;
      const { gate, name, settings } = target.connection;
      const isRetry = failures > 0;
      if (isRetry && !gate.tryBeginRetry()) continue;
      try {
        if (isRetry) await pause(delayMs, context);
        if (record) {
          record.upstream = name;
          record.sentAt = performance.now();
          if (isRetry) record.retries += 1;
        }
        const deadline = deadlineAfter(settings.totalMs, start);
        const accepted = await traceAttempt(context, settings, sent, (attemptContext) =>
          send(target, attemptContext, deadline),
        );
        if (record) record.acceptedAt = performance.now();
        return accepted;
      } catch (error) {
        failure = moreInformative(failure, error);
        const retryMs = failures < settings.maxRetries ? retryDelay(error, failures + 1, Math.random) : undefined;
        if (retryMs !== undefined) queue.push({ target, failures: failures + 1, delayMs: retryMs });
        else if (!mayFailOver(error)) throw error;
        else if (queue.length > 0) gate.counts.failovers += 1;
      } finally {
        sent += 1;
        if (isRetry) gate.endRetry();
      }
    }
    throw failure instanceof Error ? failure : noTarget();
  }

  /** Sends a neutral request to one target. */
  private async postAdapted(
    target: Target,
    { path, request, turns, model, context, deadline }: PostedCall,
  ): Promise<Accepted> {
    const { rule } = model;
    const { messages = [] } = request;
    const origin = originOf(target);
    const restored = turns.size > 0 ? { ...request, messages: restoreTurns(messages, turns, origin) } : request;
    const { response, call } = await this.sendAdapted(target, {
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
    const keepTurn = (turn: AnsweredTurn): Promise<void> | undefined =>
      this.continuity.keep({ scope: scopeOf(context), origin }, messages, turn);
    return { response, watchedStops: call.watchedStops, toolNames: call.toolNames, keepTurn };
  }

  /** Sends a request in the form of the target's profile, and in another form or to another API after a rejection. */
  private async sendAdapted(
    target: Target,
    { path, request, rule, text, toCall, rejection, context, deadline }: AdaptedCall,
  ): Promise<{ readonly response: UpstreamResponse; readonly call: ChatCall }> {
    let proposed: ProposedAdaptation[] = [];
    /** The rejection of chat completions that led to the Responses API. */
    let leading: { readonly call: ChatCall; readonly failure: UpstreamError } | undefined;
    for (let changes = 0; ; changes += 1) {
      const adaptations = proposed.map(({ adaptation }) => adaptation);
      const profile = this.profiles.of(target, request, adaptations);
      const source = { request, profile, rule, ...(text !== undefined && { text }) };
      const api = path === CHAT_PATH ? chatApiOf(target, source) : 'chat';
      const call = toCall(api, path, source);
      try {
        if (changes === 0 && rejection) throw rejection;
        // Deployments are part of the path for chat completions alone.
        const model = api === 'chat' ? { model: target.model } : {};
        const { firstByteMs } = target.connection.settings;
        const response = await target.connection.post(call.path, call.payload, {
          context,
          deadline,
          ...model,
          // The first event comes at once, the answer of a model that reasons minutes later.
          ...(api === 'responses' && { idleMs: firstByteMs }),
        });
        if (proposed.length > 0) this.profiles.keep(target, proposed, context.caller);
        this.profiles.noteLost(target, call.lost);
        return { response: call.toChatResponse(response), call };
      } catch (failure) {
        if (!isRejection(failure)) throw failure;
        const isMissing = api === 'responses' && isMissingApi(failure, leading !== undefined);
        const rejected = isMissing && leading ? leading : { call, failure };
        if (SCHEMA_ERROR_STATUS.has(failure.upstreamStatus) && isInvalidSchema(failure.body, call.body))
          throw new BadRequestError(`invalid JSON schema in format: ${failure.message}`);
        // A configured API is not replaced.
        const isFinal = isMissing && findAdaptation(profile, 'api')?.name === 'chat';
        if (changes >= MAX_ADAPTED_RETRIES || isFinal) throw rejected.failure;
        let known = profile;
        if (isMissing) {
          proposed = [...proposed.filter(({ adaptation: { kind } }) => kind !== 'api'), CHAT_INSTEAD];
          known = this.profiles.of(
            target,
            request,
            proposed.map(({ adaptation }) => adaptation),
          );
        }
        const isOtherApiUntried = isMissing && !leading;
        const more = isOtherApiUntried ? [] : rejected.call.adaptationsFor(rejected.failure, known);
        if (more.length === 0 && !isMissing) more.push(...this.shorten(target, { call, failure, context, proposed }));
        if (more.length === 0 && !isOtherApiUntried) throw explained(rejected);
        if (more.some(({ adaptation: { kind } }) => kind === 'api')) leading = rejected;
        proposed = [...proposed, ...more];
        this.profiles.countAdaptedRetry(target);
      }
    }
  }

  /** A shorter conversation, where the client wants one instead of an error. @throws BadRequestError where it does not */
  private shorten(
    target: Target,
    { call, failure, context: { truncate }, proposed }: OverflowingCall,
  ): ProposedAdaptation[] {
    const rejection = { status: failure.upstreamStatus, body: failure.body };
    if (truncate === undefined || !isOverflow(rejection, call.body)) return [];
    if (!truncate) throw new BadRequestError(PROMPT_TOO_LONG);
    const shortenings = proposed.filter(({ adaptation }) => adaptation.kind === 'history').length;
    const shorter = shorterHistoryFor(call.body, rejection, target.entry?.contextLength);
    return shorter && shortenings < MAX_SHORTENINGS ? [shorter] : [];
  }
}

/** The rejection, or what the client can do about it. */
function explained({ call, failure }: { readonly call: ChatCall; readonly failure: UpstreamError }): Error {
  const type = unreadableImageType({ status: failure.upstreamStatus ?? 0, body: failure.body }, call.body);
  if (type === undefined) return failure;
  return new BadRequestError(`the upstream cannot read ${type} images, send PNG or JPEG: ${failure.message}`);
}

interface OverflowingCall {
  readonly call: ChatCall;
  readonly failure: Rejection;
  readonly context: UpstreamRequestContext;
  readonly proposed: readonly ProposedAdaptation[];
}

/** Chat completions, once the Responses API has turned out to be missing. */
const CHAT_INSTEAD: ProposedAdaptation = {
  adaptation: { kind: 'api', name: 'chat' },
  retention: 'kept',
  scope: 'all',
};

const MISSING_STATUS: ReadonlySet<number> = new Set([404, 405, 501]);

/**
 * Whether the upstream has no Responses API, or not for this model.
 * @param isTried the model is not known to have it: its rejection is less informative than the one of chat completions
 */
function isMissingApi({ upstreamStatus, isModelNotFound, message }: Rejection, isTried: boolean): boolean {
  if (isTried && /\bresponses\b/i.test(message)) return true;
  return MISSING_STATUS.has(upstreamStatus) && (isTried || !isModelNotFound);
}

type Rejection = UpstreamError & { readonly upstreamStatus: number };

function isRejection(failure: unknown): failure is Rejection {
  return failure instanceof UpstreamError && failure.upstreamStatus !== undefined;
}

/** The body of a client; undefined for anything but an object. */
function toBody(text: string): Record<string, unknown> | undefined {
  const value = parseJson(text);
  return isRecord(value) ? value : undefined;
}

/** A client's request of an agents' API with what a rule of the mapping file changes. */
function withNativeRule(path: string, text: string, rule: ModelRule | undefined): string {
  const api = NATIVE_PATHS[path.split('?', 1)[0] ?? path];
  const body = api && changesRequests(rule) ? toBody(text) : undefined;
  return api && rule && body ? JSON.stringify(applyNativeRule(api, body, rule)) : text;
}

/** A request that the dialect of its upstream has not shaped yet: of a chat, a completion or an embedding. */
interface NeutralRequest {
  readonly messages?: readonly OpenAiMessage[];
  readonly prompt?: unknown;
  readonly input?: unknown;
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

interface AdaptedCall {
  readonly path: string;
  readonly request: Record<string, unknown>;
  readonly rule: ModelRule | undefined;
  /** See ChatSource. */
  readonly text?: string;
  readonly toCall: (api: ChatCall['api'], path: string, source: ChatSource) => ChatCall;
  /** The request was sent as it is, and rejected. */
  readonly rejection?: UpstreamError | undefined;
  readonly context: UpstreamRequestContext;
  readonly deadline?: Deadline | undefined;
}

function noTarget(): ModelNotFoundError {
  return new ModelNotFoundError('no upstream serves this model');
}

/** @throws the abort reason of the signal */
async function pause(ms: number, { signal }: UpstreamRequestContext): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => {
    throw abortReason(signal);
  });
}

/** Records an attempt as a span if the request is traced; its `traceparent` is sent to the upstream. */
async function traceAttempt<T>(
  context: UpstreamRequestContext,
  upstream: UpstreamSettings,
  resends: number,
  send: (context: UpstreamRequestContext) => Promise<T>,
): Promise<T> {
  const attempt = context.record?.beginAttempt?.(upstream, resends);
  if (!attempt) return send(context);
  try {
    const accepted = await send({ ...context, headers: { ...context.headers, ...attempt.headers } });
    attempt.acceptedAt = performance.now();
    return accepted;
  } catch (failure) {
    attempt.failedAt = performance.now();
    attempt.failure = failure;
    throw failure;
  }
}

/** A name from the configuration or a list, never one that only a client used. */
function modelLabel({ rule, targets: [first] }: ResolvedModel): string {
  if (rule?.model !== undefined && !rule.name.includes('*')) return rule.name;
  return first?.entry?.name ?? (first?.model ? UNLISTED_MODEL : '');
}
