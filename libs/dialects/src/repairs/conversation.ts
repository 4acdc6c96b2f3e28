import type { OpenAiContentPart, OpenAiMessage } from '#contracts';

/** Text of a message that would otherwise be empty. */
const EMPTY_TEXT = '(empty)';
/** The assistant's message between tool results and the user's next message. */
const ACKNOWLEDGEMENT = 'OK.';
/** A user message for models that cannot continue a message of the assistant. */
const CONTINUE = 'Continue your last message exactly where it ends. Do not repeat any of it.';

type Content = OpenAiMessage['content'];

/** All system messages joined into one at the start, in their order. */
export function withLeadingSystem(messages: readonly OpenAiMessage[]): OpenAiMessage[] {
  const isSystem = ({ role }: OpenAiMessage): boolean => role === 'system' || role === 'developer';
  const system = messages.filter(isSystem);
  const rest = messages.filter((message) => !isSystem(message));
  const [first] = system;
  if (!first) return [...messages];
  const content = system
    .map((message) => textOf(message.content))
    .filter(Boolean)
    .join('\n\n');
  return [{ role: first.role, content }, ...rest];
}

/** System messages after the first turn as text of the user at the same place. */
export function withSystemAsUser(messages: readonly OpenAiMessage[]): OpenAiMessage[] {
  return messages.map((message) =>
    message.role === 'system' || message.role === 'developer' ? { ...message, role: 'user' } : message,
  );
}

/** Neighbours of one role become one message; calls of two assistant's messages in a row become one list. */
export function withAlternatingRoles(messages: readonly OpenAiMessage[]): OpenAiMessage[] {
  const merged: OpenAiMessage[] = [];
  for (const message of messages) {
    const last = merged.at(-1);
    if (last?.role !== message.role || message.role === 'tool') {
      merged.push(message);
      continue;
    }
    const calls = [...(last.tool_calls ?? []), ...(message.tool_calls ?? [])];
    merged[merged.length - 1] = {
      ...last,
      content: joinContent(last.content, message.content),
      ...(calls.length > 0 && { tool_calls: calls }),
    };
  }
  return merged;
}

/** The first message after the system prompt comes from the user. */
export function withUserFirst(messages: readonly OpenAiMessage[]): OpenAiMessage[] {
  const at = messages.findIndex(({ role }) => role !== 'system' && role !== 'developer');
  if (at < 0 || messages[at]?.role === 'user') return [...messages];
  return [...messages.slice(0, at), { role: 'user', content: EMPTY_TEXT }, ...messages.slice(at)];
}

/** Assistant's turns without text and calls are left out; other messages without text get a placeholder. */
export function withoutEmptyMessages(messages: readonly OpenAiMessage[]): OpenAiMessage[] {
  return messages.flatMap((message) => {
    if (!isEmpty(message.content)) return [message];
    if (message.role === 'assistant') return message.tool_calls ? [message] : [];
    return [{ ...message, content: EMPTY_TEXT }];
  });
}

/** Every message has a text that is not empty. */
export function withTextEverywhere(messages: readonly OpenAiMessage[]): OpenAiMessage[] {
  return messages.map((message) => (isEmpty(message.content) ? { ...message, content: EMPTY_TEXT } : message));
}

/** A user's message never follows a tool result directly. */
export function withAssistantAfterTool(messages: readonly OpenAiMessage[]): OpenAiMessage[] {
  return messages.flatMap((message, at) =>
    message.role === 'user' && messages[at - 1]?.role === 'tool'
      ? [{ role: 'assistant', content: ACKNOWLEDGEMENT }, message]
      : [message],
  );
}

/** A conversation that ends with an assistant's message ends with a request to continue it. */
export function withContinuation(messages: readonly OpenAiMessage[]): OpenAiMessage[] {
  const last = messages.at(-1);
  if (last?.role !== 'assistant' || last.tool_calls) return [...messages];
  return [...messages, { role: 'user', content: isEmpty(last.content) ? 'Continue.' : CONTINUE }];
}

/** Content of every role but the user's is plain text; its images follow in a user's message. */
export function withPlainText(messages: readonly OpenAiMessage[]): OpenAiMessage[] {
  const result: OpenAiMessage[] = [];
  let media: OpenAiContentPart[] = [];
  const flush = (): void => {
    if (media.length > 0) result.push({ role: 'user', content: media });
    media = [];
  };
  for (const message of messages) {
    // Results of one turn stay together.
    if (message.role !== 'tool') flush();
    if (message.role === 'user' || !Array.isArray(message.content)) {
      result.push(message);
      continue;
    }
    media.push(...message.content.filter(({ type }) => type !== 'text'));
    result.push({ ...message, content: textOf(message.content) });
  }
  flush();
  return result;
}

/** Content of every role is plain text; what a text cannot hold is left out. */
export function withTextOnly(messages: readonly OpenAiMessage[]): OpenAiMessage[] {
  return messages.map((message) =>
    Array.isArray(message.content) ? { ...message, content: textOf(message.content) } : message,
  );
}

/**
 * The oldest turns removed until at most `share` of the conversation's characters are left. System messages and the
 * last user's turn stay, and a call never loses its results. Undefined when nothing can be removed.
 */
export function withoutOldestTurns(messages: readonly OpenAiMessage[], share: number): OpenAiMessage[] | undefined {
  const turns = toTurns(messages);
  const lastUser = turns.findLastIndex(([first]) => first?.role === 'user');
  const protectedFrom = lastUser < 0 ? turns.length - 1 : lastUser;
  const sizes = turns.map((turn) => turn.reduce((sum, message) => sum + sizeOf(message), 0));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const target = total * share;
  const dropped = new Set<number>();
  let left = total;
  for (let at = 0; at < protectedFrom && left > target; at += 1) {
    if (turns[at]?.[0]?.role === 'system' || turns[at]?.[0]?.role === 'developer') continue;
    dropped.add(at);
    left -= sizes[at] ?? 0;
  }
  return dropped.size === 0 ? undefined : turns.filter((_turn, at) => !dropped.has(at)).flat();
}

/** A call and its results are one turn, every other message one of its own. */
function toTurns(messages: readonly OpenAiMessage[]): OpenAiMessage[][] {
  const turns: OpenAiMessage[][] = [];
  for (const message of messages) {
    if (message.role === 'tool' && turns.length > 0) turns.at(-1)?.push(message);
    else turns.push([message]);
  }
  return turns;
}

/** In characters; an image counts as much as a page of text. */
function sizeOf({ content, tool_calls = [] }: OpenAiMessage): number {
  const calls = tool_calls.reduce((sum, call) => sum + call.function.name.length + call.function.arguments.length, 0);
  if (!Array.isArray(content)) return (content?.length ?? 0) + calls;
  return calls + content.reduce((sum, part) => sum + (part.type === 'text' ? part.text.length : 4000), 0);
}

function isEmpty(content: Content): boolean {
  if (Array.isArray(content)) return content.every((part) => part.type === 'text' && part.text.trim() === '');
  return content === null || content.trim() === '';
}

function joinContent(left: Content, right: Content): Content {
  if (typeof left !== 'object' && typeof right !== 'object') return [left, right].filter(Boolean).join('\n\n');
  if (left === null && right === null) return null;
  if (!Array.isArray(left) && !Array.isArray(right)) return [left, right].filter(Boolean).join('\n\n');
  return [...toParts(left), ...toParts(right)];
}

function toParts(content: Content): OpenAiContentPart[] {
  if (Array.isArray(content)) return content;
  return content ? [{ type: 'text', text: content }] : [];
}

function textOf(content: Content): string {
  if (!Array.isArray(content)) return content ?? '';
  return content.map((part) => (part.type === 'text' ? part.text : '')).join('');
}
