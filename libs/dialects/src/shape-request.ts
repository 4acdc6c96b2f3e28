import type { OpenAiMessage } from '#contracts';
import type { Adaptation, UpstreamProfile } from './adaptation.js';
import { findAdaptation } from './adaptation.js';
import { THINKING } from './dialect.js';
import { repair, shorten } from './repair.js';
import { isExpressibleAsCompletion, toCompletionRequest } from './repairs/base-model.js';
import type { Shortening } from './repairs/history.js';
import type { NameMap } from './repairs/tools.js';
import { shapeFormat } from './shape-format.js';
import { shapeMessages } from './shape-messages.js';

export type Body = Record<string, unknown>;

/** Sampling fields beyond the OpenAI format: sent only to dialects that have them. */
const EXTRAS = ['top_k', 'min_p', 'typical_p', 'repeat_penalty', 'repetition_penalty', 'repeat_last_n'];

export interface Shaped {
  readonly body: Body;
  /** Stop sequences that the upstream does not support; the answer is cut at them here. */
  readonly watchedStops: readonly string[];
  /** Tool names as sent → as the client knows them, where they differ. */
  readonly toolNames: NameMap;
  /** What was left out of the conversation because it is too long for the model. */
  readonly leftOut: Shortening;
  /** The request is for the endpoint of text completions. */
  readonly isCompletion: boolean;
}

/**
 * Converts a neutral request to the form of one upstream: fields are renamed, moved or left out. `reasoning_effort` of the
 * neutral request is "none", "default" or a level.
 */
export function shapeRequest(request: object, profile: UpstreamProfile): Shaped {
  const { body: shortened, leftOut } = shorten(request as Body, profile);
  const { reasoning_effort: effort, stop, response_format: format, messages, ...rest } = shortened;
  const { sent, watched } = splitStops(stop as string[] | undefined, profile);
  const formatted = shapeFormat(format, messages as OpenAiMessage[] | undefined, profile, rest.tools !== undefined);
  const body: Body = rest;
  if (formatted.messages) body.messages = shapeMessages(formatted.messages, profile);
  if (formatted.format !== undefined) body.response_format = formatted.format;
  if (sent.length > 0) body.stop = sent;
  if (typeof effort === 'string') Object.assign(body, shapeThinking(effort, profile));
  const repaired = repair(leaveOut(renameFields(body, profile), profile), profile);
  const isCompletion = findAdaptation(profile, 'completions') !== undefined && isExpressibleAsCompletion(repaired.body);
  return {
    body: isCompletion ? toCompletionRequest(repaired.body) : repaired.body,
    toolNames: repaired.toolNames,
    watchedStops: watched,
    leftOut,
    isCompletion,
  };
}

const NO_STOPS = { sent: [], watched: [] };

function splitStops(
  stops: readonly string[] | undefined,
  profile: UpstreamProfile,
): { readonly sent: readonly string[]; readonly watched: readonly string[] } {
  if (!stops) return NO_STOPS;
  const isUnsupported = isRejected('stop', undefined, profile);
  const most = isUnsupported ? 0 : (findAdaptation(profile, 'stops')?.max ?? profile.dialect.maxStops ?? stops.length);
  return { sent: stops.slice(0, most), watched: stops.slice(most) };
}

function shapeThinking(effort: string, profile: UpstreamProfile): Body {
  const { dialect } = profile;
  const learned = findAdaptation(profile, 'thinking')?.by;
  if (learned === 'none' || !dialect.thinking) return {};
  const by = learned ?? dialect.thinking;
  if (effort === 'none' && (dialect.cannotDisableThinking || learned === 'effort')) return {};
  const fields: Body = THINKING[by](effort);
  const changed = profile.adaptations.findLast(
    (each) => each.kind === 'effort' && each.value === fields.reasoning_effort,
  );
  if (changed?.kind !== 'effort') return fields;
  return changed.instead === 'omit' ? {} : { reasoning_effort: changed.instead };
}

function renameFields(body: Body, profile: UpstreamProfile): Body {
  const { dialect, adaptations } = profile;
  if (!dialect.renamed && adaptations.length === 0) return body;
  const renamed = Object.entries(dialect.renamed ?? {});
  for (const each of adaptations) if (each.kind === 'rename') renamed.push([each.from, each.to]);
  if (renamed.length === 0) return body;
  const result = { ...body };
  for (const [from, to] of renamed) {
    if (!(from in result)) continue;
    result[to] = result[from];
    // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- a plain object of fields on their way to JSON
    delete result[from];
  }
  return result;
}

function leaveOut(body: Body, profile: UpstreamProfile): Body {
  const extras = profile.dialect.extras ?? [];
  const isLeftOut = (field: string): boolean =>
    isRejected(field, body[field], profile) || (EXTRAS.includes(field) && !extras.includes(field));
  if (!Object.keys(body).some(isLeftOut)) return body;
  // Unlike an assignment, this keeps a field named `__proto__` a field.
  return Object.fromEntries(Object.entries(body).filter(([field]) => !isLeftOut(field)));
}

function isRejected(field: string, value: unknown, { dialect, adaptations }: UpstreamProfile): boolean {
  if (dialect.unsupported?.includes(field)) return true;
  for (const each of adaptations) {
    if (each.kind === 'drop' && each.field === field && (each.value === undefined || each.value === value)) return true;
  }
  return false;
}

/** Kinds that need the reply to be rewritten as well, which a forwarded one is not. */
const NEEDS_REPLY: ReadonlySet<Adaptation['kind']> = new Set(['stops', 'tool-names', 'completions']);

/** Whether a client's own request can be adapted in this way. */
export function isForwardable({ kind }: Adaptation): boolean {
  return !NEEDS_REPLY.has(kind);
}

/** A client's own chat request adapted after a rejection: only what the upstream has rejected is changed. */
export function adaptForwarded(body: Body, { dialect, adaptations }: UpstreamProfile): Body {
  const { stop, ...rest } = body;
  const shaped = shapeRequest(rest, {
    dialect: { ...dialect, extras: EXTRAS, thinking: 'effort', cannotDisableThinking: false, keepsReasoning: true },
    adaptations: adaptations.filter(isForwardable),
  });
  const isStopDropped = adaptations.some((each) => each.kind === 'drop' && each.field === 'stop');
  return { ...shaped.body, ...(stop !== undefined && !isStopDropped && { stop }) };
}
