import { signatureOf } from '../dialects/turn-rules.js';
import type { Dialect } from '../dialects/dialect.js';
import type { JsonObject } from '../json.js';
import type { ChatAnswer } from './chat-answer.js';
import type { AnswerCall } from './tool-calls.js';

/** One step of a streamed answer: what the delta says, and the text token it carries, if any. */
export interface Delta {
  delta: JsonObject;
  /** Text that log probabilities belong to. */
  textToken?: string;
  /** Answer tokens in this step. */
  tokens: number;
}

/** The steps of an answer in the order a dialect sends them: reasoning, text, calls. */
export function* toDeltas(answer: ChatAnswer, dialect: Dialect): Generator<Delta> {
  yield* reasoningDeltas(answer.reasoning, dialect);
  for (const token of answer.text) yield { delta: { content: token }, textToken: token, tokens: 1 };
  for (const [index, call] of answer.calls.entries()) yield* callDeltas(call, index, dialect);
  const details = detailsOf(answer, dialect);
  if (details) yield { delta: { content: '', reasoning_details: details }, tokens: 0 };
}

/** What a call has beside its function. */
export function extrasOf(call: AnswerCall, index: number, { turnParts }: Dialect): JsonObject {
  if (turnParts !== 'signature' || index > 0) return {};
  return { extra_content: { google: { thought_signature: signatureOf(call.name, call.arguments.join('')) } } };
}

/** The signatures of the calls as details of the reasoning; undefined without any. */
export function detailsOf({ calls }: ChatAnswer, { turnParts }: Dialect): JsonObject[] | undefined {
  if (turnParts !== 'details' || calls.length === 0) return undefined;
  return calls.map(({ id, name, arguments: pieces }, index) => ({
    type: 'reasoning.encrypted',
    data: signatureOf(name, pieces.join('')),
    id,
    format: 'google-gemini-v1',
    index,
  }));
}

function* reasoningDeltas(tokens: string[], dialect: Dialect): Generator<Delta> {
  if (tokens.length === 0 || dialect.reasoning === 'hidden') return;
  const tags = dialect.reasoning === 'think-tags';
  if (tags) yield { delta: { content: '<think>\n' }, tokens: 0 };
  for (const token of tokens) yield { delta: reasoningDelta(token, dialect), tokens: 1 };
  if (tags) yield { delta: { content: '\n</think>\n\n' }, tokens: 0 };
}

function reasoningDelta(token: string, dialect: Dialect): JsonObject {
  switch (dialect.reasoning) {
    case 'content-parts':
      return { content: [thinkingPart(token)] };
    case 'reasoning':
      return { reasoning: token };
    case 'reasoning_content':
      return { reasoning_content: token };
    case 'think-tags':
    case 'hidden':
      return { content: token };
  }
}

/** A thinking part of a content list, as Mistral has it. */
export function thinkingPart(text: string): JsonObject {
  return { type: 'thinking', thinking: [{ type: 'text', text }], closed: true };
}

function* callDeltas(call: AnswerCall, index: number, dialect: Dialect): Generator<Delta> {
  const head = { index, id: call.id, type: 'function', ...extrasOf(call, index, dialect) };
  if (dialect.toolFragments === 'whole') {
    const whole = { ...head, function: { name: call.name, arguments: call.arguments.join('') } };
    yield { delta: { tool_calls: [whole] }, tokens: call.arguments.length };
    return;
  }
  yield { delta: { tool_calls: [{ ...head, function: { name: call.name, arguments: '' } }] }, tokens: 0 };
  for (const piece of call.arguments) {
    yield { delta: { tool_calls: [{ index, function: { arguments: piece } }] }, tokens: 1 };
  }
}
