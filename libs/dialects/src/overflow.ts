import type { OpenAiMessage } from '#contracts';
import type { ProposedAdaptation } from './adaptation.js';
import type { Rejection } from './rejection.js';
import { sizeOf, withShorterHistory, withShorterPrompt } from './repairs/history.js';
import { promptTokensOf, readTokenNumbers, TOKEN_LIMIT_FIELDS } from './repairs/limits.js';
import type { Body } from './shape-request.js';
import { tokensOfLength } from '#primitives';

/** The part of the context that is kept free for the answer if the client has not limited it, and at most if it has. */
const ANSWER_SHARE = 1 / 8;
const MAX_ANSWER_SHARE = 1 / 2;

/** Tokens are not spread evenly over the messages. */
const MARGIN = 0.95;

/** What is kept without any number, and at most in any case: a shortened request must differ from the rejected one. */
const MAX_KEPT = 0.9;
const DEFAULT_KEPT = 0.5;

/**
 * The adaptation of a request whose prompt is too long. The conversation is shortened in proportion to the numbers of the
 * rejection, or to the known context of the model, or to half. Undefined if nothing can be left out.
 */
export function shorterHistoryFor(
  sent: Body,
  { body }: Rejection,
  contextLength: number | undefined,
): ProposedAdaptation | undefined {
  const { prompt, messages, tools } = sent;
  const toolSize = tools === undefined ? 0 : JSON.stringify(tools).length;
  const isConversation = Array.isArray(messages);
  if (!isConversation && typeof prompt !== 'string') return undefined;
  const conversation = isConversation ? (messages as OpenAiMessage[]) : [];
  const textSize = isConversation
    ? conversation.reduce((sum, message) => sum + sizeOf(message), 0)
    : (prompt as string).length;
  const total = textSize + toolSize;
  const size = Math.floor(total * keptShare(sent, body, { contextLength, size: total }) - toolSize);
  const { leftOut } = isConversation
    ? withShorterHistory(conversation, Math.max(size, 1))
    : withShorterPrompt(prompt as string, Math.max(size, 1));
  if (leftOut.messages === 0 && leftOut.characters <= 0) return undefined;
  return { adaptation: { kind: 'history', size: Math.max(size, 1) }, retention: 'request', scope: 'all' };
}

/** The share of the prompt that fits into the context, between 0 and 1. */
function keptShare(
  sent: Body,
  text: string,
  known: { readonly contextLength: number | undefined; readonly size: number },
): number {
  const requested = TOKEN_LIMIT_FIELDS.map((field) => Number(sent[field])).find((each) => each > 0);
  const numbers = readTokenNumbers(text);
  const context = numbers.context ?? known.contextLength;
  if (context === undefined) return DEFAULT_KEPT;
  const answer = Math.min(requested ?? context * ANSWER_SHARE, context * MAX_ANSWER_SHARE);
  const prompt = promptTokensOf(numbers, requested);
  const tokens = prompt ?? tokensOfLength(known.size);
  const share = ((context - answer) * MARGIN) / tokens;
  // A count that was not the prompt's would change nothing.
  if (share >= 1) return DEFAULT_KEPT;
  return Math.min(share, prompt === undefined ? DEFAULT_KEPT : MAX_KEPT);
}
