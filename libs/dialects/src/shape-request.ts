import type { OpenAiMessage } from '#contracts';
import type { UpstreamProfile } from './adaptation.js';
import { findAdaptation } from './adaptation.js';
import { THINKING } from './dialect.js';
import { shapeFormat } from './shape-format.js';
import { shapeMessages } from './shape-messages.js';

export type Body = Record<string, unknown>;

/** Sampling fields that are no part of the OpenAI format. */
const EXTRAS = ['top_k', 'min_p', 'typical_p', 'repeat_penalty', 'repetition_penalty', 'repeat_last_n'];

export interface Shaped {
  readonly body: Body;
  /** Stop sequences that the backend cannot be told; the answer is cut at them here. */
  readonly watchedStops: readonly string[];
}

/**
 * A neutral request in the manner of one backend: renamed, moved, left out. `reasoning_effort` is neutral on the way in:
 * "none", "default" or a level.
 */
export function shapeRequest(request: object, manner: UpstreamProfile): Shaped {
  const { reasoning_effort: effort, stop, response_format: format, messages, ...rest } = request as Body;
  const { sent, watched } = splitStops(stop as string[] | undefined, manner);
  const formatted = shapeFormat(format, messages as OpenAiMessage[] | undefined, manner);
  const body: Body = {
    ...rest,
    ...(formatted.messages && { messages: shapeMessages(formatted.messages, manner) }),
    ...(formatted.format !== undefined && { response_format: formatted.format }),
    ...(sent.length > 0 && { stop: sent }),
    ...(typeof effort === 'string' && shapeThinking(effort, manner)),
  };
  return { body: leaveOut(renameFields(body, manner), manner), watchedStops: watched };
}

function splitStops(stops: string[] = [], manner: UpstreamProfile): { sent: string[]; watched: string[] } {
  const refused = isRefused('stop', manner);
  const most = refused ? 0 : (findAdaptation(manner, 'stops')?.most ?? manner.dialect.maxStops ?? stops.length);
  return { sent: stops.slice(0, most), watched: stops.slice(most) };
}

function shapeThinking(effort: string, manner: UpstreamProfile): Body {
  const { dialect } = manner;
  const learned = findAdaptation(manner, 'thinking')?.by;
  if (learned === 'none' || !dialect.thinking) return {};
  const by = learned ?? dialect.thinking;
  if (effort === 'none' && (dialect.cannotDisableThinking || learned === 'effort')) return {};
  const fields: Body = THINKING[by](effort);
  const changed = manner.adaptations.find((each) => each.kind === 'effort' && each.value === fields.reasoning_effort);
  return changed?.kind === 'effort' ? { reasoning_effort: changed.instead } : fields;
}

function renameFields(body: Body, manner: UpstreamProfile): Body {
  const renamed = Object.entries(manner.dialect.renamed ?? {});
  for (const each of manner.adaptations) if (each.kind === 'rename') renamed.push([each.from, each.to]);
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

function leaveOut(body: Body, manner: UpstreamProfile): Body {
  const extras = manner.dialect.extras ?? [];
  const refused = (field: string): boolean =>
    isRefused(field, manner) || (EXTRAS.includes(field) && !extras.includes(field));
  return Object.keys(body).some(refused)
    ? Object.fromEntries(Object.entries(body).filter(([field]) => !refused(field)))
    : body;
}

function isRefused(field: string, { dialect, adaptations }: UpstreamProfile): boolean {
  return (
    dialect.unsupported?.includes(field) === true ||
    adaptations.some((each) => each.kind === 'drop' && each.field === field)
  );
}
