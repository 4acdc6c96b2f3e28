import { contentImages, contentText } from '../chat/content.js';
import { badRequest } from '../http/refusal.js';
import { objectsOf, stringOf } from '../json.js';
import type { JsonObject } from '../json.js';
import type { Rule } from './dialect.js';

const rolesOf = ({ messages }: JsonObject): string[] => objectsOf(messages).map(({ role }) => stringOf(role) ?? '');

/** One system message, at the beginning, as many chat templates have it. */
export const systemFirst: Rule = (body) =>
  rolesOf(body).lastIndexOf('system') > 0 ? badRequest('System message must be at the beginning.') : undefined;

/** User and assistant take turns, the user first; calls and their results are not counted. */
export const rolesAlternate: Rule = ({ messages }) => {
  const turns = objectsOf(messages).filter(
    ({ role, tool_calls: calls }) => role === 'user' || (role === 'assistant' && calls === undefined),
  );
  const isOut = turns.some(({ role }, index) => role !== (index % 2 === 0 ? 'user' : 'assistant'));
  return isOut ? badRequest('Conversation roles must alternate user/assistant/user/assistant/...') : undefined;
};

/** Every message has a text, in Anthropic's words. */
export const nothingBlank: Rule = ({ messages }) => {
  const index = objectsOf(messages).findIndex(
    ({ content, tool_calls: calls }) =>
      calls === undefined && contentText(content).trim() === '' && contentImages(content).length === 0,
  );
  return index < 0 ? undefined : badRequest(`messages.${index}: all messages must have non-empty content`);
};

/** The model does not continue its own message. */
export const noPrefill: Rule = (body) =>
  rolesOf(body).at(-1) === 'assistant'
    ? badRequest(
        'This model does not support assistant message prefill. The conversation must end with a user message.',
      )
    : undefined;

/** Earlier calls need declarations. */
export const historyNeedsTools: Rule = ({ messages, tools }) =>
  tools === undefined && objectsOf(messages).some(({ tool_calls: calls }) => calls !== undefined)
    ? badRequest('Requests which include `tool_use` or `tool_result` blocks must define tools')
    : undefined;

export const callIdsPlain: Rule = ({ messages }) => {
  for (const [index, message] of objectsOf(messages).entries()) {
    const isOdd = objectsOf(message.tool_calls).some(({ id }) => !/^[a-zA-Z0-9_-]{1,64}$/.test(String(id)));
    if (isOdd) {
      return badRequest(`messages.${index}.content.0.tool_use.id: String should match pattern '^[a-zA-Z0-9_-]{1,64}$'`);
    }
  }
  return undefined;
};
