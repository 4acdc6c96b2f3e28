import { isRecord } from '#primitives';
import { badRequest } from '../http/refusal.js';
import type { Refusal } from '../http/refusal.js';
import { objectsOf } from '../json.js';
import type { JsonObject } from '../json.js';
import type { MessageRules } from './dialect.js';
import type { MessageCheck } from './message-rules.js';

const CALL_FIELDS = ['id', 'type', 'function'];
const FUNCTION_FIELDS = ['name', 'arguments'];

/** What is wrong with the calls of one assistant message. */
export function checkCalls(check: MessageCheck): Refusal | undefined {
  const { message, index } = check;
  if (!('tool_calls' in message)) return undefined;
  const calls = message.tool_calls;
  const place = `messages[${index}].tool_calls`;
  if (!Array.isArray(calls))
    return badRequest(`Invalid type for '${place}': expected an array.`, place, 'invalid_type');
  if (calls.length === 0) return badRequest(`Invalid '${place}': empty array.`, place, 'empty_array');
  for (const [position, call] of calls.entries()) {
    const problem = checkCall(call, position, check);
    if (problem) return problem;
  }
  return undefined;
}

function checkCall(call: unknown, position: number, check: MessageCheck): Refusal | undefined {
  const path = ['messages', check.index, 'tool_calls', position];
  const place = `messages[${check.index}].tool_calls[${position}]`;
  const spec = isRecord(call) ? call.function : undefined;
  if (!isRecord(call) || !isRecord(spec)) return badRequest(`Missing required parameter: '${place}.function'.`, place);
  const extra =
    Object.keys(call).find((field) => !CALL_FIELDS.includes(field)) ??
    Object.keys(spec).find((field) => !FUNCTION_FIELDS.includes(field));
  if (extra !== undefined) return check.unknownField({ path: [...path, extra], value: call[extra], role: check.role });
  if (call.type !== 'function') return badRequest(`Missing required parameter: '${place}.type'.`, `${place}.type`);
  if (typeof spec.name !== 'string' || spec.name === '') {
    return badRequest(`Invalid '${place}.function.name': empty string.`, `${place}.function.name`);
  }
  return checkArguments(spec.arguments, place) ?? checkId(call.id, place, check.rules);
}

function checkArguments(value: unknown, place: string): Refusal | undefined {
  const name = `${place}.function.arguments`;
  if (typeof value !== 'string') {
    return badRequest(`Invalid type for '${name}': expected a string.`, name, 'invalid_type');
  }
  try {
    if (isRecord(JSON.parse(value))) return undefined;
  } catch {
    // Falls through to the refusal: text that is not JSON is no better than JSON that is not an object.
  }
  return badRequest(`Invalid value for '${name}': expected a JSON object.`, name, 'invalid_value');
}

function checkId(id: unknown, place: string, { toolIds }: MessageRules): Refusal | undefined {
  if (typeof id !== 'string' || id === '')
    return badRequest(`Missing required parameter: '${place}.id'.`, `${place}.id`);
  if (!toolIds || toolIds.test(id)) return undefined;
  return badRequest(`Tool call id was ${id} but must be a-z, A-Z, 0-9, with a length of 9.`, null, '3280');
}

/** What is wrong with the way calls and results follow each other. */
export function checkConversation(messages: JsonObject[]): Refusal | undefined {
  const seen = new Set<string>();
  const open = new Set<string>();
  for (const [index, message] of messages.entries()) {
    const problem = message.role === 'tool' ? closeCall(message, index, open) : unanswered(open);
    if (problem) return problem;
    const ids = objectsOf(message.tool_calls).map((call) => String(call.id));
    const repeated = ids.find((id, position) => seen.has(id) || ids.indexOf(id) !== position);
    if (repeated !== undefined) {
      return badRequest(`Duplicate tool call id '${repeated}'.`, `messages[${index}].tool_calls`);
    }
    for (const id of ids) {
      seen.add(id);
      open.add(id);
    }
  }
  return unanswered(open);
}

function closeCall(message: JsonObject, index: number, open: Set<string>): Refusal | undefined {
  const id = message.tool_call_id;
  const param = `messages[${index}].tool_call_id`;
  if (typeof id !== 'string')
    return badRequest(`Missing required parameter: '${param}'.`, param, 'missing_required_parameter');
  if (open.delete(id)) return undefined;
  return badRequest(
    "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.",
    `messages.[${index}].role`,
  );
}

function unanswered(open: Set<string>): Refusal | undefined {
  if (open.size === 0) return undefined;
  const ids = [...open].join(', ');
  return badRequest(
    `An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The following tool_call_ids did not have response messages: ${ids}`,
    'messages',
  );
}
