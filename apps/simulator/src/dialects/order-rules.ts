import { Refusal } from '../http/refusal.js';
import { stringOf } from '../json.js';
import type { JsonObject } from '../json.js';

/** What is wrong with the order of roles, as Mistral sees it. */
export function checkOrder(messages: JsonObject[]): Refusal | undefined {
  for (const [index, message] of messages.entries()) {
    const before = stringOf(messages[index - 1]?.role);
    if (message.role === 'system' && before !== undefined && before !== 'system') {
      return orderRefusal(`Unexpected role 'system' after role '${before}'`);
    }
    if (isBareAssistant(message)) {
      return orderRefusal('Assistant message must have either content or tool_calls, but not none.', '3240');
    }
  }
  const last = messages.at(-1);
  if (last?.role !== 'assistant' || last.prefix === true) return undefined;
  return orderRefusal('Expected last role User or Tool (or Assistant with prefix True) for serving but got assistant');
}

function isBareAssistant({ role, content, tool_calls: calls }: JsonObject): boolean {
  return role === 'assistant' && (content === '' || content === null || content === undefined) && calls === undefined;
}

function orderRefusal(message: string, code = '3230'): Refusal {
  return new Refusal(400, message, { type: 'invalid_request_message_order', code });
}
