import { Injectable } from '@nestjs/common';
import type { ModelRule } from '#config';
import type { Deadline, UpstreamRequestContext, UpstreamResponse } from '#connections';
import type { ProposedAdaptation, UpstreamProfile } from '#dialects';
import {
  findAdaptation,
  isInvalidSchema,
  isOverflow,
  preventiveAdaptations,
  refusesCompletions,
  rejectsLoneSurrogates,
  shorterHistoryFor,
  summarizeRejection,
  unreadableImageTypes,
  withWellFormedTexts,
} from '#dialects';
import { BadRequestError, UpstreamError } from '#errors';
import type { Target } from '#models';
import type { ChatCall, ChatSource } from './chat-api.js';
import { chatApiOf, toChatCall } from './chat-api.js';
import { ReadableImages } from './readable-images.js';
import { UpstreamProfiles } from './upstream-profiles.js';

/** Changes to one request before its rejection is passed on (protocol D29). */
const MAX_ADAPTED_RETRIES = 3;

/** Of these, those that shorten a conversation. */
const MAX_SHORTENINGS = 2;

/** Ollama's words. */
const PROMPT_TOO_LONG =
  'the prompt is longer than the context length currently available to the model; shorten the prompt, adjust the context length in settings, or use a model with a longer context length';

/** Statuses with which upstreams reject a JSON schema (protocol D29). */
const SCHEMA_ERROR_STATUS = new Set([400, 422, 500]);

/** Statuses of a missing path. */
const MISSING_STATUS: ReadonlySet<number> = new Set([404, 405, 501]);

/** Chat completions, once the Responses API has turned out to be missing. */
const CHAT_INSTEAD: ProposedAdaptation = {
  adaptation: { kind: 'api', name: 'chat' },
  retention: 'kept',
  scope: 'all',
};

export const CHAT_PATH = '/chat/completions';
export const COMPLETIONS_PATH = '/completions';

/** A request in the neutral form, and what it is sent with. */
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

interface Sent {
  readonly response: UpstreamResponse;
  readonly call: ChatCall;
}

type Rejection = UpstreamError & { readonly upstreamStatus: number };

/** A call and its rejection. */
interface RejectedCall {
  readonly call: ChatCall;
  readonly failure: Rejection;
}

/** What the rejections of one request have led to so far. */
interface Progress {
  readonly proposed: readonly ProposedAdaptation[];
  /** The rejection of chat completions that led to the Responses API. */
  readonly leading: RejectedCall | undefined;
}

const NO_PROGRESS: Progress = { proposed: [], leading: undefined };

/** Sends requests in the form of a target's profile and, after a rejection, in another form or to another API. */
@Injectable()
export class AdaptedCalls {
  constructor(
    private readonly profiles: UpstreamProfiles,
    private readonly images: ReadableImages,
  ) {}

  /** @throws ProxyException: the last rejection if no adaptation helps */
  async send(target: Target, given: AdaptedCall): Promise<Sent> {
    let call = given;
    let progress = NO_PROGRESS;
    for (let changes = 0; ; changes += 1) {
      const profile = this.profileWith(target, call.request, progress.proposed);
      if (profile.adaptations.length > 0) call = await this.withReadableContent(call, profile);
      const built = build(target, call, profile);
      try {
        if (changes === 0 && call.rejection) throw call.rejection;
        const response = await post(target, built, call);
        if (progress.proposed.length > 0) this.profiles.keep(target, progress.proposed, call.context.caller);
        this.profiles.noteLost(target, built.lost);
        return { response: built.toChatResponse(response), call: built };
      } catch (failure) {
        if (!isRejection(failure)) throw failure;
        const rejected = { call: built, failure };
        if (call.path === COMPLETIONS_PATH && lacksCompletions(rejected.failure, built.body)) throw failure;
        if (SCHEMA_ERROR_STATUS.has(failure.upstreamStatus) && isInvalidSchema(failure.body, built.body))
          throw new BadRequestError(`invalid JSON schema in format: ${failure.message}`);
        if (changes >= MAX_ADAPTED_RETRIES) throw informative(rejected, progress);
        progress = await this.advance(target, call, rejected, progress);
        if (changes === MAX_ADAPTED_RETRIES - 1) progress = this.prevent(target, call, built, progress);
        this.profiles.countAdaptedRetry(target);
      }
    }
  }

  /** Adaptations that concern the requests of all APIs alike. */
  private async withReadableContent(call: AdaptedCall, profile: UpstreamProfile): Promise<AdaptedCall> {
    let { request } = call;
    if (findAdaptation(profile, 'well-formed-texts')) request = withWellFormedTexts(request);
    const types = typesToConvert(profile);
    if (types.size > 0) request = await this.images.convert(request, types, call.context);
    if (request === call.request) return call;
    // The client's text has the content as it was.
    const { text: _text, ...rest } = call;
    return { ...rest, request };
  }

  /** What to try after a rejection. @throws the error for the client if there is nothing */
  private async advance(
    target: Target,
    { request, context }: AdaptedCall,
    rejected: RejectedCall,
    progress: Progress,
  ): Promise<Progress> {
    const { call, failure } = rejected;
    if (isMissingApi(rejected, progress)) return this.returnToChat(target, request, rejected, progress);
    const { proposed } = progress;
    const profile = this.profileWith(target, request, proposed);
    let more = textsFor(rejected, profile);
    if (more.length === 0) more = call.adaptationsFor(failure, profile);
    if (more.length === 0) more = shorten(target, rejected, context, proposed);
    if (more.length === 0) more = await this.conversionsFor(rejected, profile);
    if (more.length === 0) throw explained(rejected);
    const isOtherApi = more.some(({ adaptation: { kind } }) => kind === 'api');
    return { proposed: [...proposed, ...explain(more, rejected)], leading: isOtherApi ? rejected : progress.leading };
  }

  private async conversionsFor(rejected: RejectedCall, profile: UpstreamProfile): Promise<ProposedAdaptation[]> {
    const known = typesToConvert(profile);
    const types = unreadableTypes(rejected).filter((type) => !known.has(type));
    if (types.length === 0 || !(await this.images.isAvailable())) return [];
    return types.map((type) => ({ adaptation: { kind: 'convert-images', type }, retention: 'kept', scope: 'all' }));
  }

  /** The Responses API is missing: chat completions, with what their own rejection suggests besides the other API. */
  private returnToChat(
    target: Target,
    request: AdaptedCall['request'],
    rejected: RejectedCall,
    { proposed, leading }: Progress,
  ): Progress {
    // A configured API is not replaced.
    if (findAdaptation(this.profileWith(target, request, proposed), 'api')?.name === 'chat')
      throw (leading ?? rejected).failure;
    const others = proposed.filter(({ adaptation: { kind } }) => kind !== 'api');
    const onChat = [...others, ...explain([CHAT_INSTEAD], rejected)];
    if (!leading) return { proposed: onChat, leading };
    const more = leading.call.adaptationsFor(leading.failure, this.profileWith(target, request, onChat));
    if (more.length === 0) throw explained(leading);
    return { proposed: [...onChat, ...explain(more, leading)], leading };
  }

  /** With what else might be rejected, for the last try. A client's own body changes as little as possible. */
  private prevent(target: Target, { request, toCall }: AdaptedCall, call: ChatCall, progress: Progress): Progress {
    if (toCall !== toChatCall || call.api !== 'chat') return progress;
    const { proposed, leading } = progress;
    const more = preventiveAdaptations(call.body, this.profileWith(target, request, proposed));
    return { proposed: [...proposed, ...more], leading };
  }

  private profileWith(target: Target, request: AdaptedCall['request'], proposed: Progress['proposed']) {
    const more = proposed.length > 0 ? proposed.map(({ adaptation }) => adaptation) : [];
    return this.profiles.of(target, request, more);
  }
}

function build(target: Target, { path, request, rule, text, toCall }: AdaptedCall, profile: UpstreamProfile): ChatCall {
  const source = text === undefined ? { request, profile, rule } : { request, profile, rule, text };
  return toCall(path === CHAT_PATH ? chatApiOf(target, source) : 'chat', path, source);
}

/** Media types of images that the upstream cannot read. */
function typesToConvert({ adaptations }: UpstreamProfile): ReadonlySet<string> {
  return new Set(adaptations.flatMap((each) => (each.kind === 'convert-images' ? [each.type] : [])));
}

function textsFor({ call, failure }: RejectedCall, profile: UpstreamProfile): ProposedAdaptation[] {
  if (findAdaptation(profile, 'well-formed-texts')) return [];
  const rejection = { status: failure.upstreamStatus, body: failure.body };
  if (!rejectsLoneSurrogates(rejection, call.body)) return [];
  return [{ adaptation: { kind: 'well-formed-texts' }, retention: 'kept', scope: 'all' }];
}

function unreadableTypes({ call, failure }: RejectedCall): string[] {
  return unreadableImageTypes({ status: failure.upstreamStatus, body: failure.body }, call.body);
}

/** Adds the rejection that led to the adaptations. */
function explain(proposed: readonly ProposedAdaptation[], { call, failure }: RejectedCall): ProposedAdaptation[] {
  const reason = summarizeRejection({ status: failure.upstreamStatus, body: failure.body }, call.body);
  return proposed.map((each) => ({ ...each, reason }));
}

/** Whether a failure is a response of the upstream with an error status. */
export function isRejection(failure: unknown): failure is Rejection {
  return failure instanceof UpstreamError && failure.upstreamStatus !== undefined;
}

/** Whether the upstream has no text completions, or not for this model: no change of the request helps. */
export function lacksCompletions(
  { upstreamStatus: status, isModelNotFound, body }: Rejection,
  sent: ChatCall['body'],
): boolean {
  return refusesCompletions({ status, body }, sent) || (MISSING_STATUS.has(status) && !isModelNotFound);
}

function post(target: Target, call: ChatCall, { context, deadline }: AdaptedCall): Promise<UpstreamResponse> {
  const { connection, model } = target;
  // The first event of a response comes at once, the answer of a model that reasons minutes later. Deployments are part of
  // the path for chat completions alone.
  const options =
    call.api === 'responses'
      ? { context, deadline, idleMs: connection.settings.firstByteMs }
      : { context, deadline, model };
  return connection.post(call.path, call.payload, options);
}

/** Whether the upstream has no Responses API, or not for this model. */
function isMissingApi({ call, failure }: RejectedCall, { leading }: Progress): boolean {
  if (call.api !== 'responses') return false;
  const { upstreamStatus, isModelNotFound, message } = failure;
  // The model is not known to have it: the rejection of chat completions is the informative one.
  const isTried = leading !== undefined;
  if (isTried && /\bresponses\b/i.test(message)) return true;
  return MISSING_STATUS.has(upstreamStatus) && (isTried || !isModelNotFound);
}

/** The rejection for the client: that of chat completions if the other API was only tried. */
function informative(rejected: RejectedCall, progress: Progress): Error {
  return (isMissingApi(rejected, progress) ? (progress.leading ?? rejected) : rejected).failure;
}

/** A shorter conversation, where the client wants one instead of an error. @throws BadRequestError where it does not */
function shorten(
  target: Target,
  { call, failure }: RejectedCall,
  { truncate }: UpstreamRequestContext,
  proposed: Progress['proposed'],
): ProposedAdaptation[] {
  const rejection = { status: failure.upstreamStatus, body: failure.body };
  if (truncate === undefined || !isOverflow(rejection, call.body)) return [];
  if (!truncate) throw new BadRequestError(PROMPT_TOO_LONG);
  const shortenings = proposed.filter(({ adaptation }) => adaptation.kind === 'history').length;
  const shorter = shorterHistoryFor(call.body, rejection, target.entry?.contextLength);
  return shorter && shortenings < MAX_SHORTENINGS ? [shorter] : [];
}

/** The rejection, or what the client can do about it. */
function explained(rejected: RejectedCall): Error {
  const { failure } = rejected;
  const [type] = unreadableTypes(rejected);
  if (type === undefined) return failure;
  return new BadRequestError(`the upstream cannot read ${type} images, send PNG or JPEG: ${failure.message}`);
}
