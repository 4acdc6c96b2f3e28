import { isRecord } from '#primitives';
import { isReasoningOff } from '../chat/reasoning.js';
import { badRequest } from '../http/refusal.js';
import { objectsOf } from '../json.js';
import type { JsonObject } from '../json.js';
import { digest } from '../text/random.js';
import type { Rule } from './dialect.js';

/** Google's documented value for calls of another model. */
const SKIPPED = 'skip_thought_signature_validator';

const MISSING_SIGNATURE =
  'Function call is missing a thought_signature in functionCall parts. This is required for tools to work correctly, and missing thought_signature may lead to degraded model performance.';

/** Made from the call, so that a signature can be checked without keeping any. */
export function signatureOf(name: string, argumentsText: string): string {
  return `sig-${digest([name, sorted(parseArguments(argumentsText))])}`;
}

/** A token limit may cut arguments. */
function parseArguments(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** While it thinks, a turn with calls needs its reasoning. */
export const reasoningNeeded: Rule = (body) =>
  !isReasoningOff(body) && turnsWithCalls(body).some(({ message }) => !message.reasoning_content)
    ? badRequest('The `reasoning_content` in the thinking mode must be passed back to the API.')
    : undefined;

/** As above; an empty text is accepted. */
export const reasoningPresent: Rule = (body) => {
  const turn = turnsWithCalls(body).find(({ message }) => typeof message.reasoning_content !== 'string');
  return turn && !isReasoningOff(body)
    ? badRequest(
        `thinking is enabled but reasoning_content is missing in assistant tool call message at index ${turn.index}`,
      )
    : undefined;
};

/** The first call of a turn needs its signature. */
export const signatureNeeded: Rule = (body) => {
  for (const { message } of turnsWithCalls(body)) {
    const [call] = objectsOf(message.tool_calls);
    const extra = call?.extra_content;
    const google = isRecord(extra) ? extra.google : undefined;
    const problem = checkSignature(isRecord(google) ? google.thought_signature : undefined, call);
    if (problem !== undefined) return badRequest(problem);
  }
  return undefined;
};

/** As above, among the details of the reasoning. */
export const detailsNeeded: Rule = (body) => {
  for (const { message } of turnsWithCalls(body)) {
    const [call] = objectsOf(message.tool_calls);
    const detail = objectsOf(message.reasoning_details).find(
      ({ type, id }) => type === 'reasoning.encrypted' && id === call?.id,
    );
    const problem = checkSignature(detail?.data, call);
    if (problem !== undefined) return badRequest(problem);
  }
  return undefined;
};

function checkSignature(signature: unknown, call: JsonObject | undefined): string | undefined {
  if (typeof signature !== 'string') return MISSING_SIGNATURE;
  const spec = isRecord(call?.function) ? call.function : {};
  const isValid = signature === SKIPPED || signature === signatureOf(String(spec.name), String(spec.arguments));
  return isValid ? undefined : 'Corrupted thought signature.';
}

function turnsWithCalls({ messages }: JsonObject): { message: JsonObject; index: number }[] {
  return objectsOf(messages)
    .map((message, index) => ({ message, index }))
    .filter(({ message }) => message.role === 'assistant' && Array.isArray(message.tool_calls));
}

/** Clients may change the order of keys. */
function sorted(value: unknown): unknown {
  return isRecord(value) ? Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1)) : value;
}
