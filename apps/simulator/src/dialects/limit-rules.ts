import { contentText } from '../chat/content.js';
import { badRequest } from '../http/refusal.js';
import type { Refusal } from '../http/refusal.js';
import { numberOf, objectsOf } from '../json.js';
import type { JsonObject } from '../json.js';
import { countTokens } from '../text/tokens.js';
import type { Rule } from './dialect.js';

/** Prompt and answer have to fit into the context, in vLLM's words. */
export function contextAtMost(context: number): Rule {
  return (body) => {
    const prompt = promptTokens(body);
    const requested = requestedTokens(body);
    if (prompt >= context) {
      return badRequest(
        `This model's maximum context length is ${context} tokens. However, your request has ${prompt} input tokens. Please reduce the length of the input messages.`,
      );
    }
    if (requested === undefined || prompt + requested <= context) return undefined;
    return badRequest(
      `'max_tokens' or 'max_completion_tokens' is too large: ${requested}. This model's maximum context length is ${context} tokens and your request has ${prompt} input tokens (${requested} > ${context} - ${prompt}).`,
      'max_tokens',
    );
  };
}

/** A prompt that is too long, without any number. */
export function promptAtMost(limit: number): Rule {
  return (body) => (promptTokens(body) > limit ? badRequest('Input is too long for requested model.') : undefined);
}

/** The tokens of an answer, in Anthropic's words. */
export function answerAtMost(limit: number): Rule {
  return (body) => {
    const requested = requestedTokens(body);
    return requested !== undefined && requested > limit
      ? badRequest(
          `max_tokens: ${requested} > ${limit}, which is the maximum allowed number of output tokens for ${String(body.model)}`,
        )
      : undefined;
  };
}

/** Two sampling fields that exclude each other. */
export const temperatureOrTopP: Rule = ({ temperature, top_p: topP }): Refusal | undefined =>
  temperature !== undefined && topP !== undefined
    ? badRequest('`temperature` and `top_p` cannot both be specified for this model. Please use only one.')
    : undefined;

function promptTokens({ messages }: JsonObject): number {
  return objectsOf(messages).reduce((sum, { content }) => sum + countTokens(contentText(content)), 0);
}

function requestedTokens(body: JsonObject): number | undefined {
  return numberOf(body.max_completion_tokens) ?? numberOf(body.max_tokens);
}
