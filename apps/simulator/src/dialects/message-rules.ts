import { badRequest } from '../http/refusal.js';
import type { Refusal } from '../http/refusal.js';
import { objectsOf } from '../json.js';
import type { JsonObject } from '../json.js';
import { checkCalls, checkConversation } from './call-rules.js';
import { checkContent } from './content-rules.js';
import type { Dialect, MessageRules } from './dialect.js';
import { checkOrder } from './order-rules.js';

export interface MessageCheck {
  message: JsonObject;
  role: string;
  index: number;
  rules: MessageRules;
  unknownField: NonNullable<Dialect['unknownField']>;
}

/** What is wrong with a conversation, if the dialect looks at it. */
export function findMessageProblem(body: JsonObject, dialect: Dialect): Refusal | undefined {
  const { messages: rules, unknownField } = dialect;
  if (!rules || !unknownField || !Array.isArray(body.messages)) return undefined;
  const messages = objectsOf(body.messages);
  for (const [index, message] of messages.entries()) {
    const role = String(message.role);
    const problem = findProblem({ message, role, index, rules, unknownField });
    if (problem) return problem;
  }
  return checkConversation(messages) ?? (rules.strictOrder ? checkOrder(messages) : undefined);
}

function findProblem(check: MessageCheck): Refusal | undefined {
  return checkRole(check) ?? checkFields(check) ?? checkContent(check) ?? checkCalls(check);
}

function checkRole({ role, index, rules }: MessageCheck): Refusal | undefined {
  if (Object.hasOwn(rules.fields, role)) return undefined;
  const supported = Object.keys(rules.fields).map((name) => `'${name}'`);
  return badRequest(
    `Invalid value: '${role}'. Supported values are: ${supported.join(', ')}.`,
    `messages[${index}].role`,
    'invalid_value',
  );
}

function checkFields({ message, role, index, rules, unknownField }: MessageCheck): Refusal | undefined {
  const name = Object.keys(message).find((field) => !rules.fields[role]?.includes(field));
  return name === undefined ? undefined : unknownField({ path: ['messages', index, name], value: message[name], role });
}
