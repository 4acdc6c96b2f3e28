import type { OpenAiMessage } from '#contracts';
import type { UpstreamProfile } from './adaptation.js';
import { findAdaptation } from './adaptation.js';
import {
  withAlternatingRoles,
  withAssistantAfterTool,
  withContinuation,
  withFileNotes,
  withoutEmptyMessages,
  withPlainText,
  withTextEverywhere,
  withUserFirst,
} from './repairs/conversation.js';
import type { Shortening } from './repairs/history.js';
import { NOTHING_LEFT_OUT, withShorterHistory, withShorterPrompt } from './repairs/history.js';
import { TOKEN_LIMIT_FIELDS } from './repairs/limits.js';
import type { NameMap, ToolRequest } from './repairs/tools.js';
import {
  withChosenTool,
  withDeclaredTools,
  withDistinctTools,
  withFewerTools,
  withNormalizedSchemas,
  withoutEmptyTools,
  withPortableNames,
  withShortCallIds,
  withShortDescriptions,
} from './repairs/tools.js';
import type { Body } from './shape-request.js';

const NO_NAMES: NameMap = new Map();

/** A request repaired for one upstream, and what has to be undone in its reply. */
export interface Repaired {
  readonly body: Body;
  readonly toolNames: NameMap;
}

/** Shortens the conversation or the prompt if a rejection said that it is too long. */
export function shorten(body: Body, profile: UpstreamProfile): { body: Body; leftOut: Shortening } {
  const size = findAdaptation(profile, 'history')?.size;
  if (size === undefined) return { body, leftOut: NOTHING_LEFT_OUT };
  if (typeof body.prompt === 'string') {
    const { prompt, leftOut } = withShorterPrompt(body.prompt, size);
    return { body: { ...body, prompt }, leftOut };
  }
  if (!Array.isArray(body.messages)) return { body, leftOut: NOTHING_LEFT_OUT };
  const { messages, leftOut } = withShorterHistory(body.messages as OpenAiMessage[], size);
  return { body: { ...body, messages }, leftOut };
}

/** Applies the repairs among the adaptations. Costs nothing where there are none. */
export function repair(body: Body, profile: UpstreamProfile): Repaired {
  if (profile.adaptations.length === 0) return { body, toolNames: NO_NAMES };
  const limited = withLimits(body, profile);
  if (!Array.isArray(limited.messages)) return { body: limited, toolNames: NO_NAMES };
  const talk = { ...limited, messages: repairMessages(limited.messages as OpenAiMessage[], profile) };
  return repairTools(talk, profile);
}

function withLimits(body: Body, profile: UpstreamProfile): Body {
  const result = { ...body };
  const max = findAdaptation(profile, 'token-limit')?.max;
  for (const field of TOKEN_LIMIT_FIELDS) {
    if (max !== undefined && Number(result[field]) > max) result[field] = max;
  }
  for (const each of profile.adaptations) {
    // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- a plain object of fields on its way to JSON
    if (each.kind === 'exclusive' && result[each.with] !== undefined) delete result[each.field];
  }
  if (result.tools !== undefined && findAdaptation(profile, 'no-effort-with-tools')) result.reasoning_effort = 'none';
  return result;
}

function repairMessages(messages: OpenAiMessage[], profile: UpstreamProfile): OpenAiMessage[] {
  const has = (kind: Parameters<typeof findAdaptation>[1]): boolean => findAdaptation(profile, kind) !== undefined;
  let repaired = withoutFields(messages, profile);
  if (has('file-notes')) repaired = withFileNotes(repaired);
  if (has('plain-content')) repaired = withPlainText(repaired);
  if (has('text-required')) repaired = withTextEverywhere(withoutEmptyMessages(repaired));
  if (has('assistant-after-tool')) repaired = withAssistantAfterTool(repaired);
  if (has('user-first')) repaired = withUserFirst(repaired);
  if (has('continuation')) repaired = withContinuation(repaired);
  // Leaving out a message may put two of one role next to each other.
  return has('alternate') ? withAlternatingRoles(repaired) : repaired;
}

function withoutFields(messages: OpenAiMessage[], { adaptations }: UpstreamProfile): OpenAiMessage[] {
  const dropped = new Set(adaptations.flatMap((each) => (each.kind === 'drop-in-messages' ? [each.field] : [])));
  if (dropped.size === 0) return messages;
  return messages.map((message) => {
    const kept = Object.entries(message).filter(([field]) => !dropped.has(field));
    const { role, content } = message;
    return { role, content, ...Object.fromEntries(kept) };
  });
}

function repairTools(body: ToolRequest & Body, profile: UpstreamProfile): Repaired {
  let request = body;
  const has = (kind: Parameters<typeof findAdaptation>[1]): boolean => findAdaptation(profile, kind) !== undefined;
  if (has('empty-tools')) request = withoutEmptyTools(request);
  if (has('named-choice')) request = withChosenTool(request);
  if (has('declare-tools')) request = withDeclaredTools(request);
  if (has('distinct-tools')) request = withDistinctTools(request);
  const maxTools = findAdaptation(profile, 'max-tools')?.max;
  if (maxTools !== undefined) request = withFewerTools(request, maxTools);
  const level = findAdaptation(profile, 'tool-schemas')?.level;
  if (level) request = withNormalizedSchemas(request, level);
  const maxDescription = findAdaptation(profile, 'tool-descriptions')?.max;
  if (maxDescription !== undefined) request = withShortDescriptions(request, maxDescription);
  const maxId = findAdaptation(profile, 'call-ids')?.max;
  if (maxId !== undefined) request = withShortCallIds(request, maxId);
  if (!has('tool-names')) return { body: request, toolNames: NO_NAMES };
  const { request: renamed, names } = withPortableNames(request);
  return { body: renamed, toolNames: names };
}
