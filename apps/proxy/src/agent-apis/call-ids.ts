import type { OpenAiMessage } from '#contracts';

/** Ids of all calls of a conversation: clients run the second of two calls with one id wrongly or not at all. */
export function callIdsIn(messages: readonly OpenAiMessage[]): ReadonlySet<string> {
  return new Set(messages.flatMap(({ tool_calls: calls }) => (calls ?? []).map(({ id }) => id)));
}
