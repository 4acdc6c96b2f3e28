import type { OpenAiMessage } from '#contracts';
import type { TurnState } from './turn-state.js';

/** What is kept of the turns of a conversation, by the position of their messages. */
export type FoundTurns = ReadonlyMap<number, TurnState>;

/**
 * The conversation with what its turns had: the reasoning where the client did not return it, and, for the upstream that
 * made them, opaque parts and ids. Messages that gain nothing are those of `messages`.
 */
export function restoreTurns(messages: readonly OpenAiMessage[], found: FoundTurns, origin: string): OpenAiMessage[] {
  const used = new Set(messages.flatMap(({ tool_calls }) => tool_calls?.map(({ id }) => id) ?? []));
  let ids: ReadonlyMap<string, string> = new Map();
  return messages.map((message, at) => {
    if (message.role === 'tool') return withResultId(message, ids);
    if (message.role === 'assistant') ids = new Map();
    const state = found.get(at);
    if (!state) return message;
    const reasoned = state.reasoning === undefined ? message : { reasoning_content: state.reasoning, ...message };
    if (state.origin !== origin) return reasoned;
    ids = idsOf(message, state, used);
    return withOpaqueParts(reasoned, state, ids);
  });
}

function withOpaqueParts(message: OpenAiMessage, state: TurnState, ids: ReadonlyMap<string, string>): OpenAiMessage {
  const { reasoningDetails, extraContents, responsesItems } = state;
  return {
    ...message,
    ...(reasoningDetails && { reasoning_details: [...reasoningDetails] }),
    ...(responsesItems && { responses_items: [...responsesItems] }),
    ...(message.tool_calls && {
      tool_calls: message.tool_calls.map((call, index) => ({
        ...call,
        id: ids.get(call.id) ?? call.id,
        ...((extraContents?.[index] ?? null) !== null && { extra_content: extraContents?.[index] }),
      })),
    }),
  };
}

/** Ids in the request → ids that the upstream gave, where the client dropped them and no other call has them. */
function idsOf(
  { tool_calls: calls = [] }: OpenAiMessage,
  { callIds }: TurnState,
  used: Set<string>,
): Map<string, string> {
  const ids = new Map<string, string>();
  calls.forEach(({ id }, index) => {
    const original = callIds[index];
    if (original === undefined || original === id || used.has(original)) return;
    used.add(original);
    ids.set(id, original);
  });
  return ids;
}

function withResultId(message: OpenAiMessage, ids: ReadonlyMap<string, string>): OpenAiMessage {
  const id = message.tool_call_id === undefined ? undefined : ids.get(message.tool_call_id);
  return id === undefined ? message : { ...message, tool_call_id: id };
}
