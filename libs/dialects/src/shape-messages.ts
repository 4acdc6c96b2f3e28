import type { OpenAiMessage } from '#contracts';
import type { UpstreamProfile } from './adaptation.js';
import { findAdaptation } from './adaptation.js';
import { withAlternatingRoles } from './repairs/conversation.js';

const ID_LENGTH = 9;

/** A valid conversation in the form that the upstream accepts (protocol D31). */
export function shapeMessages(messages: OpenAiMessage[], profile: UpstreamProfile): OpenAiMessage[] {
  const { dialect } = profile;
  let shaped = messages;
  if (dialect.toolIds === 'nine' || findAdaptation(profile, 'tool-ids')) shaped = shaped.map(withShortIds);
  if (dialect.emptyContent === '' || findAdaptation(profile, 'empty-content')) shaped = shaped.map(withText);
  if (dialect.oneSystem || findAdaptation(profile, 'single-system')) shaped = mergeSystem(shaped);
  const role = findAdaptation(profile, 'system-role')?.role;
  if (role) shaped = shaped.map((message) => (message.role === 'system' ? { ...message, role } : message));
  if (role === 'user') shaped = withAlternatingRoles(shaped);
  return shapeTurns(shaped, profile);
}

/** What earlier turns bring back: opaque parts to the upstream that made them, reasoning where it is demanded. */
function shapeTurns(messages: OpenAiMessage[], profile: UpstreamProfile): OpenAiMessage[] {
  // Reasoning items of the Responses API are sent as they are, and there is no other field for reasoning.
  if (profile.dialect.takesItems) return messages;
  let shaped = messages;
  if (findAdaptation(profile, 'no-turn-parts')) shaped = shaped.map(withoutOpaqueParts);
  if (findAdaptation(profile, 'call-signatures'))
    shaped = shaped.map(profile.dialect.signatures === 'details' ? withSignatureDetails : withSignatures);
  const { keepsReasoning } = profile.dialect;
  if (findAdaptation(profile, 'reasoning-history'))
    return shaped.map((message) => (hasCalls(message) || !keepsReasoning ? withReasoning(message) : message));
  return !keepsReasoning && shaped.some(hasUnsentParts) ? shaped.map(withoutReasoning) : shaped;
}

/** Upstreams that demand the reasoning of a turn accept any text in its place, but not an empty one. */
const REASONING_PLACEHOLDER = '(not available)';

/** Documented value for calls that were not made by the model itself. */
const SIGNATURE = 'skip_thought_signature_validator';
const SIGNATURE_PLACEHOLDER = { google: { thought_signature: SIGNATURE } };

function withReasoning(message: OpenAiMessage): OpenAiMessage {
  if (!hasCalls(message)) return withoutReasoning(message);
  const { responses_items: _items, ...rest } = message;
  return { ...rest, reasoning_content: message.reasoning_content || message.reasoning || REASONING_PLACEHOLDER };
}

function hasCalls({ role, tool_calls: calls }: OpenAiMessage): boolean {
  return role === 'assistant' && calls !== undefined;
}

function withSignatures(message: OpenAiMessage): OpenAiMessage {
  const { tool_calls: calls } = message;
  if (!calls) return message;
  return {
    ...message,
    tool_calls: calls.map((call) => ({ ...call, extra_content: call.extra_content ?? SIGNATURE_PLACEHOLDER })),
  };
}

/** The placeholder in the form of an upstream that has signatures among its `reasoning_details`. */
function withSignatureDetails(message: OpenAiMessage): OpenAiMessage {
  const { tool_calls: calls, reasoning_details: details = [] } = message;
  if (!calls || details.length > 0) return message;
  const placeholders = calls.map(({ id }, index) => ({
    type: 'reasoning.encrypted',
    data: SIGNATURE,
    id,
    format: 'google-gemini-v1',
    index,
  }));
  return { ...message, reasoning_details: placeholders };
}

function withoutOpaqueParts(message: OpenAiMessage): OpenAiMessage {
  const { reasoning_details: _details, tool_calls: calls, ...rest } = message;
  return { ...rest, ...(calls && { tool_calls: calls.map(({ extra_content: _extra, ...call }) => call) }) };
}

function hasUnsentParts({ reasoning_content, reasoning, responses_items }: OpenAiMessage): boolean {
  return reasoning_content !== undefined || reasoning !== undefined || responses_items !== undefined;
}

/** Reasoning of earlier turns is sent only where it is demanded. */
function withoutReasoning(message: OpenAiMessage): OpenAiMessage {
  if (!hasUnsentParts(message)) return message;
  const { reasoning_content: _content, reasoning: _reasoning, responses_items: _items, ...rest } = message;
  return rest;
}

/** Nine letters and digits, derived from the id by two FNV-1a-like hashes; equal ids give equal results. */
function shortId(id: string): string {
  if (/^[A-Za-z0-9]{9}$/.test(id)) return id;
  let first = 0x811c9dc5;
  let second = 0x1000193;
  for (let at = 0; at < id.length; at += 1) {
    first = Math.imul(first ^ id.charCodeAt(at), 0x01000193) >>> 0;
    second = Math.imul(second ^ id.charCodeAt(at), 0x85ebca6b) >>> 0;
  }
  return (first.toString(36) + second.toString(36)).padEnd(ID_LENGTH, '0').slice(0, ID_LENGTH);
}

function withShortIds(message: OpenAiMessage): OpenAiMessage {
  return {
    ...message,
    ...(message.tool_calls && { tool_calls: message.tool_calls.map((call) => ({ ...call, id: shortId(call.id) })) }),
    ...(message.tool_call_id !== undefined && { tool_call_id: shortId(message.tool_call_id) }),
  };
}

function withText(message: OpenAiMessage): OpenAiMessage {
  return message.content === null ? { ...message, content: '' } : message;
}

function mergeSystem(messages: OpenAiMessage[]): OpenAiMessage[] {
  const system = messages.filter(({ role }) => role === 'system');
  if (system.length === 0 || (system.length === 1 && messages[0] === system[0])) return messages;
  const content = system.map((message) => textOf(message)).join('\n\n');
  return [{ role: 'system', content }, ...messages.filter(({ role }) => role !== 'system')];
}

function textOf({ content }: OpenAiMessage): string {
  if (typeof content === 'string') return content;
  return (content ?? []).map((part) => (part.type === 'text' ? part.text : '')).join('');
}
