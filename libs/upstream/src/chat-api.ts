import type { ApiName, ModelRule } from '#config';
import type { UpstreamResponse } from '#connections';
import type { Adaptation, NameMap, ProposedAdaptation, Shortening, UpstreamProfile } from '#dialects';
import {
  adaptForwarded,
  adaptNativeResponses,
  adaptationsFor,
  applyRuleOverrides,
  findAdaptation,
  isForwardable,
  nativeAdaptationsFor,
  NOTHING_LEFT_OUT,
  responsesAdaptationsFor,
  shapeRequest,
  toResponsesProfile,
  unconfirmedAdaptations,
} from '#dialects';
import type { UpstreamError } from '#errors';
import type { Target } from '#models';
import { isRecord } from '#primitives';
import { isChatOnly, ResponsesToChat, toResponsesRequest } from '#responses-upstream';
import { CompletionsToChat } from '#translation';

type Body = Record<string, unknown>;

/** The APIs that can take a chat request. */
type ChatApi = 'chat' | 'responses';

/** After the last event of a response: for this long its connection may end in order, so that it can be used again. */
const DISCARD_TIMEOUT_MS = 1000;

/** A chat request in the form of one target, and how the response to it is read. */
export interface ChatCall {
  readonly api: ChatApi;
  readonly path: string;
  /** What was derived from the request, without the overrides of its rule. */
  readonly body: Body;
  /** What is sent. */
  readonly payload: Body | string;
  readonly watchedStops: readonly string[];
  readonly toolNames: NameMap;
  /** What was left out of a conversation that is too long. */
  readonly leftOut: Shortening;
  /** Fields of the request that the API does not have. */
  readonly lost: readonly string[];
  /** The response as one to a request of chat completions. */
  toChatResponse(response: UpstreamResponse): UpstreamResponse;
  /** The changes of the request that a rejection suggests. */
  adaptationsFor(rejection: UpstreamError, profile: UpstreamProfile): ProposedAdaptation[];
}

/** A chat request that is not in any upstream's form yet. */
export interface ChatSource {
  readonly request: Body;
  readonly profile: UpstreamProfile;
  readonly rule: ModelRule | undefined;
  /** The request as the client wrote it, if it is sent like that where nothing has to be changed. */
  readonly text?: string;
}

/** The API for a chat request: as configured, as learned from rejections, as listed, else chat completions. */
export function chatApiOf(target: Target, { request, profile, rule }: ChatSource): ChatApi {
  if (isChatOnly(request)) return 'chat';
  const configured = (rule?.apis ?? target.connection.settings.apis)?.filter(isChatApi);
  if (configured?.length === 1 && configured[0]) return configured[0];
  const learned = findAdaptation(profile, 'api')?.name;
  const [preferred] = configured ?? target.entry?.apis?.filter(isChatApi) ?? [];
  return learned ?? preferred ?? 'chat';
}

/** Whether the target may have to get a chat request of a client in another form than the client's. */
export function mayConvert({ connection, entry }: Target, rule: ModelRule | undefined): boolean {
  return (rule?.apis ?? connection.settings.apis ?? entry?.apis)?.includes('responses') === true;
}

function isChatApi(api: ApiName): api is ChatApi {
  return api !== 'messages';
}

/** A neutral request, in the form of the target's dialect. */
export function toChatCall(api: ChatApi, path: string, { request, profile, rule }: ChatSource): ChatCall {
  if (api === 'responses') {
    const shaped = shapeRequest(request, toResponsesProfile(profile));
    const { watchedStops, toolNames, leftOut } = shaped;
    const options = { includesUsage: true, carriesItems: true, watchedStops: [] };
    return { ...toResponsesCall(shaped.body, { profile, rule, ...options }), watchedStops, toolNames, leftOut };
  }
  const shaped = shapeRequest(request, profile);
  const { body } = shaped;
  return toPlainCall(shaped.isCompletion ? '/completions' : path, body, applyRuleOverrides(body, rule), {
    watchedStops: shaped.watchedStops,
    toolNames: shaped.toolNames,
    leftOut: shaped.leftOut,
    adaptationsFor: (rejection, known) => {
      const { upstreamStatus: status = 0, body: text } = rejection;
      const found = adaptationsFor(body, { status, body: text }, known);
      return found.length > 0 ? found : unconfirmedAdaptations(body, { status, body: text }, known);
    },
  });
}

/** A client's own chat request: only what its upstream has rejected is changed, and its answer is for the client as it is. */
export function toForwardedCall(api: ChatApi, path: string, source: ChatSource): ChatCall {
  const call = toOwnCall(api, path, source);
  return {
    ...call,
    adaptationsFor: (rejection, profile) =>
      call.adaptationsFor(rejection, profile).filter(({ adaptation }) => isForwardable(adaptation)),
  };
}

/** A client's own request of the Responses API: only the optional parts that its upstream has refused are left out. */
export function toNativeCall(_api: ChatApi, path: string, { request, profile, text }: ChatSource): ChatCall {
  const body = adaptNativeResponses(request, profile.adaptations);
  return {
    ...toPlainCall(path, body, body === request && text !== undefined ? text : body),
    adaptationsFor: ({ upstreamStatus: status = 0, body: rejection }, known) =>
      nativeAdaptationsFor(body, { status, body: rejection }, known),
  };
}

/** A client's own request of the Messages API: nothing but its images is changed, before this. */
export function toMessagesCall(_api: ChatApi, path: string, { request, text }: ChatSource): ChatCall {
  return { ...toPlainCall(path, request, text ?? request), adaptationsFor: () => [] };
}

function toOwnCall(api: ChatApi, path: string, source: ChatSource): ChatCall {
  const { request, profile, rule, text } = source;
  if (api === 'chat') {
    const body = profile.adaptations.length > 0 ? adaptForwarded(request, profile) : request;
    return toPlainCall(path, body, body === request && text !== undefined ? text : applyRuleOverrides(body, rule));
  }
  const { stop, stream_options: options } = request;
  return toResponsesCall(adaptForwarded(request, toResponsesProfile(profile)), {
    profile,
    rule,
    includesUsage: isRecord(options) && options.include_usage === true,
    carriesItems: false,
    watchedStops: [stop].flat().filter((each): each is string => typeof each === 'string' && each !== ''),
  });
}

/** What differs between requests that are sent as chat completions. */
type PlainCallParts = Pick<ChatCall, 'watchedStops' | 'toolNames' | 'leftOut' | 'adaptationsFor'>;

/** Of a request that was not shaped for its upstream. */
const UNSHAPED = { watchedStops: [], toolNames: new Map<string, string>(), leftOut: NOTHING_LEFT_OUT };

function toPlainCall(path: string, body: Body, payload: Body | string, parts?: PlainCallParts): ChatCall {
  const { watchedStops, toolNames, leftOut }: Omit<PlainCallParts, 'adaptationsFor'> = parts ?? UNSHAPED;
  return {
    api: 'chat',
    path,
    body,
    payload,
    watchedStops,
    toolNames,
    leftOut,
    lost: NOTHING_LOST,
    toChatResponse: asItIs,
    adaptationsFor:
      parts?.adaptationsFor ??
      (({ upstreamStatus: status = 0, body: text }, profile) => adaptationsFor(body, { status, body: text }, profile)),
  };
}

const NOTHING_LOST: readonly string[] = [];

function asItIs(response: UpstreamResponse): UpstreamResponse {
  return response;
}

interface ResponsesContext extends Omit<ChatSource, 'request' | 'text'> {
  readonly includesUsage: boolean;
  readonly carriesItems: boolean;
  readonly watchedStops: readonly string[];
}

function toResponsesCall(request: Body, { profile: { adaptations }, rule, ...options }: ResponsesContext): ChatCall {
  const { body, lost } = toResponsesRequest(request, droppedIn(adaptations));
  const tools = new Set((Array.isArray(body.tools) ? body.tools.filter(isRecord) : []).map(({ name }) => String(name)));
  return {
    api: 'responses',
    path: '/responses',
    body: request,
    payload: applyRuleOverrides(body, rule),
    watchedStops: [],
    toolNames: new Map(),
    leftOut: NOTHING_LEFT_OUT,
    lost,
    toChatResponse: (response) => {
      const isStreamed = request.stream === true;
      const reader = new ResponsesToChat({ ...options, contentType: response.contentType, isStreamed, tools });
      return asChatResponse(response, reader, isStreamed);
    },
    adaptationsFor: ({ upstreamStatus: status = 0, body: text }, profile) =>
      responsesAdaptationsFor(request, { status, body: text }, profile),
  };
}

function droppedIn(adaptations: readonly Adaptation[]): ReadonlySet<string> {
  return new Set(adaptations.flatMap((each) => (each.kind === 'drop' && each.value === undefined ? [each.field] : [])));
}

/** A response whose body is converted batch by batch, with the back-pressure of the consumer. */
function asChatResponse(response: UpstreamResponse, reader: ResponsesToChat, isStreamed: boolean): UpstreamResponse {
  return {
    status: response.status,
    contentType: isStreamed ? 'text/event-stream' : 'application/json',
    headers: {
      ...withoutBodyHeaders(response.headers),
      'content-type': isStreamed ? 'text/event-stream' : 'application/json',
    },
    hasFirstByte: response.hasFirstByte,
    secrets: response.secrets,
    forEachBatch: async (consume) => {
      let discard: NodeJS.Timeout | undefined;
      try {
        await response.forEachBatch((batch) => {
          if (isOver(reader)) return undefined;
          const bytes = reader.feed(batch);
          if (isOver(reader)) discard = setTimeout(() => response.stop(), DISCARD_TIMEOUT_MS);
          return bytes.length > 0 ? consume([bytes]) : undefined;
        });
      } finally {
        clearTimeout(discard);
      }
      const rest = reader.end();
      if (rest.length > 0) await consume([rest]);
    },
    stop: () => response.stop(),
  };
}

/** The response to a text completion as one to a chat. */
export function asChat(response: UpstreamResponse): UpstreamResponse {
  const reader = new CompletionsToChat(response.contentType);
  const { status, contentType, hasFirstByte, secrets } = response;
  return {
    status,
    contentType,
    headers: withoutBodyHeaders(response.headers),
    hasFirstByte,
    secrets,
    forEachBatch: async (consume) => {
      await response.forEachBatch((batch) => {
        const bytes = reader.feed(batch);
        return bytes.length > 0 ? consume([bytes]) : undefined;
      });
      const rest = reader.end();
      if (rest.length > 0) await consume([rest]);
    },
    stop: () => response.stop(),
  };
}

function isOver(reader: ResponsesToChat): boolean {
  return reader.isOver;
}

/** Headers that describe the body as it came. */
function withoutBodyHeaders(headers: UpstreamResponse['headers']): Record<string, unknown> {
  const { 'content-length': _length, 'content-encoding': _encoding, ...rest } = headers;
  return rest;
}
