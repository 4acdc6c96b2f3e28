import { isRecord } from '#primitives';
import { badRequest } from '../http/refusal.js';
import { numberOf } from '../json.js';
import type { Rule } from './dialect.js';

/** A list of stop sequences may not be longer. */
export function stopAtMost(limit: number): Rule {
  return ({ stop }) =>
    Array.isArray(stop) && stop.length > limit
      ? badRequest(
          `Invalid 'stop': array too long. Expected an array with maximum length ${limit}, but got an array with length ${stop.length} instead.`,
          'stop',
          'array_above_max_length',
        )
      : undefined;
}

/** Token limits below one are mistakes. */
export const positiveLimits: Rule = (body) => {
  const name = ['max_tokens', 'max_completion_tokens'].find((field) => (numberOf(body[field]) ?? 1) < 1);
  return name === undefined
    ? undefined
    : badRequest(
        `Invalid '${name}': integer below minimum value. Expected a value >= 1, but got ${String(body[name])} instead.`,
        name,
        'integer_below_min_value',
      );
};

/** Numbers must be numbers inside these bounds. */
export function numberBetween(name: string, low: number, high: number): Rule {
  return (body) => {
    const value = body[name];
    if (value === undefined) return undefined;
    if (typeof value !== 'number')
      return badRequest(`Invalid type for '${name}': expected a decimal.`, name, 'invalid_type');
    if (value >= low && value <= high) return undefined;
    const [word, code] =
      value < low ? [`>= ${low}`, 'decimal_below_min_value'] : [`<= ${high}`, 'decimal_above_max_value'];
    return badRequest(`Invalid '${name}': Expected a value ${word}, but got ${value} instead.`, name, code);
  };
}

export const noEmptyTools: Rule = ({ tools }) =>
  Array.isArray(tools) && tools.length === 0
    ? badRequest(
        "Invalid 'tools': empty array. Expected an array with minimum length 1, but got an empty array instead.",
        'tools',
        'empty_array',
      )
    : undefined;

export const noTools: Rule = ({ tools }) =>
  tools === undefined
    ? undefined
    : badRequest('Tool calling is not supported: remove tools from the request.', 'tools');

export const toolChoiceNeedsTools: Rule = (body) =>
  body.tool_choice !== undefined && body.tools === undefined
    ? badRequest(
        "Invalid value for 'tool_choice': 'tool_choice' is only allowed when 'tools' are specified.",
        'tool_choice',
      )
    : undefined;

export const noToolChoiceObject: Rule = (body) =>
  isRecord(body.tool_choice)
    ? badRequest("Invalid tool_choice type: 'object'. Supported string values: none, auto, required")
    : undefined;

export const streamOptionsNeedStream: Rule = (body) =>
  body.stream_options !== undefined && body.stream !== true
    ? badRequest("The 'stream_options' parameter is only allowed when 'stream' is enabled.", 'stream_options')
    : undefined;

export const topLogprobsNeedLogprobs: Rule = (body) =>
  (numberOf(body.top_logprobs) ?? 0) > 0 && body.logprobs !== true
    ? badRequest("The 'top_logprobs' parameter is only allowed when 'logprobs' is enabled.", 'top_logprobs')
    : undefined;

/** Log probabilities do not go together with tools in a stream. */
export const noLogprobsWithToolStream: Rule = (body) =>
  body.logprobs === true && body.stream === true && body.tools !== undefined
    ? badRequest('logprobs is not supported with tools + stream')
    : undefined;

/** Fields the models do not have, although the endpoint knows them. */
export function unsupported(...names: string[]): Rule {
  return (body) => {
    const name = names.find((field) => body[field] !== undefined);
    return name === undefined
      ? undefined
      : badRequest(`Unsupported parameter: '${name}' is not supported with this model.`, name, 'unsupported_parameter');
  };
}

export const useMaxCompletionTokens: Rule = (body) =>
  body.max_tokens === undefined
    ? undefined
    : badRequest(
        "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
        'max_tokens',
        'unsupported_parameter',
      );

export const temperatureIsOne: Rule = ({ temperature }) =>
  temperature === undefined || temperature === 1
    ? undefined
    : badRequest(
        `Unsupported value: 'temperature' does not support ${JSON.stringify(temperature)} with this model. Only the default (1) value is supported.`,
        'temperature',
        'unsupported_value',
      );

/** Top-level values that mean nothing must be left out. */
export const nothingEmpty: Rule = (body) => {
  const name = Object.keys(body).find((field) => isEmpty(body[field]));
  return name === undefined
    ? undefined
    : badRequest(`Invalid value for '${name}': null and empty lists are not allowed.`, name, 'invalid_value');
};

function isEmpty(value: unknown): boolean {
  return value === null || (Array.isArray(value) && value.length === 0);
}
