import type { OpenAiContentPart, OpenAiMessage } from '#contracts';
import { joinContents } from '../content.js';

/** Text of a message that would otherwise be empty. */
const EMPTY_TEXT = '(empty)';
/** The assistant's message between tool results and the user's next message. */
const ACKNOWLEDGEMENT = 'OK.';
/** A user message for models that cannot continue a message of the assistant. */
const CONTINUE = 'Continue your last message exactly where it ends. Do not repeat any of it.';

type Content = OpenAiMessage['content'];
type FilePart = Extract<OpenAiContentPart, { type: 'file' }>;

/** Neighbours of one role become one message; calls of two assistant's messages in a row become one list. */
export function withAlternatingRoles(messages: readonly OpenAiMessage[]): OpenAiMessage[] {
  const groups: [OpenAiMessage, ...OpenAiMessage[]][] = [];
  for (const message of messages) {
    const group = groups.at(-1);
    if (group?.[0].role === message.role && message.role !== 'tool') group.push(message);
    else groups.push([message]);
  }
  return groups.map(mergeMessages);
}

function mergeMessages(group: readonly [OpenAiMessage, ...OpenAiMessage[]]): OpenAiMessage {
  const [first] = group;
  if (group.length === 1) return first;
  const calls = group.flatMap(({ tool_calls = [] }) => tool_calls);
  return {
    ...first,
    content: joinContents(group.map(({ content }) => content)),
    ...(calls.length > 0 && { tool_calls: calls }),
  };
}

/** The first message after the system prompt comes from the user. */
export function withUserFirst(messages: readonly OpenAiMessage[]): OpenAiMessage[] {
  const at = messages.findIndex(({ role }) => role !== 'system' && role !== 'developer');
  if (at < 0 || messages[at]?.role === 'user') return [...messages];
  return [...messages.slice(0, at), { role: 'user', content: EMPTY_TEXT }, ...messages.slice(at)];
}

/**
 * Assistant's turns without text and calls are left out; other messages without text get a placeholder. A conversation
 * never becomes empty.
 */
export function withoutEmptyMessages(messages: readonly OpenAiMessage[]): OpenAiMessage[] {
  const filled = messages.flatMap((message) => {
    if (!isEmpty(message.content)) return [message];
    if (message.role === 'assistant') return message.tool_calls ? [message] : [];
    return [{ ...message, content: EMPTY_TEXT }];
  });
  return filled.length === 0 ? [{ role: 'user', content: EMPTY_TEXT }] : filled;
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

/** Files become a text that names them, so that the model knows what it does not see. */
export function withFileNotes(messages: readonly OpenAiMessage[]): OpenAiMessage[] {
  return messages.map((message) =>
    Array.isArray(message.content) && message.content.some(isFile)
      ? { ...message, content: message.content.map((part) => (isFile(part) ? toFileNote(part) : part)) }
      : message,
  );
}

function isFile(part: OpenAiContentPart): part is FilePart {
  return part.type === 'file';
}

function toFileNote({ file }: FilePart): OpenAiContentPart {
  const { filename, file_data: data } = file;
  const bytes = Math.floor((data.slice(data.indexOf(',') + 1).replace(/=+$/, '').length * 3) / 4);
  const size = bytes > 0 ? ` (${String(bytes)} bytes)` : '';
  return { type: 'text', text: `[File ${JSON.stringify(filename)}${size} left out: the model cannot read it.]` };
}

function isEmpty(content: Content): boolean {
  if (Array.isArray(content)) return content.every((part) => part.type === 'text' && part.text.trim() === '');
  return content === null || content.trim() === '';
}

function textOf(content: Content): string {
  if (!Array.isArray(content)) return content ?? '';
  return content.map((part) => (part.type === 'text' ? part.text : '')).join('');
}
