import type { Call } from '../simulation.js';
import { requireModel } from '../simulation.js';
import { oddUsage } from '../chat/usage.js';
import { errorBody } from '../http/answer-reply.js';
import { scriptedJsonReply } from '../http/json-reply.js';
import { badRequest, Refusal } from '../http/refusal.js';
import type { Reply } from '../http/reply.js';
import { countTokens } from '../text/tokens.js';
import { embed, toBase64, truncate } from './vectors.js';

/** Answers POST /embeddings. */
export function answerEmbeddings(call: Call): Reply {
  const { simulation, body, script } = call;
  const model = requireModel(simulation, body.model);
  if (model.kind !== 'embedding' || model.dimensions === undefined) {
    throw new Refusal(403, 'You are not allowed to generate embeddings from this model');
  }
  const size = model.dimensions;
  const inputs = inputsOf(body.input);
  const dimensions = dimensionsOf(body.dimensions ?? body.output_dimension, size);
  const base64 = body.encoding_format === 'base64';
  const data = inputs.map((text, index) => {
    const vector = truncate(embed(text, size, simulation.seed), dimensions);
    return { object: 'embedding', index, embedding: base64 ? toBase64(vector) : vector };
  });
  const tokens = inputs.reduce((sum, text) => sum + countTokens(text), 0);
  const counted = script.usage === undefined ? { prompt_tokens: tokens, total_tokens: tokens } : oddUsage(script.usage);
  const usage = script.noUsage ? {} : { usage: counted };
  return scriptedJsonReply({ object: 'list', data, model: body.model, ...usage }, script, () => errorBody(call));
}

function inputsOf(input: unknown): string[] {
  if (typeof input === 'string') return [input];
  if (!Array.isArray(input))
    throw badRequest("Missing required parameter: 'input'.", 'input', 'missing_required_parameter');
  if (input.every((entry) => typeof entry === 'number')) return input.length > 0 ? [input.join(' ')] : [];
  return input.map((entry) => {
    if (typeof entry === 'string') return entry;
    if (Array.isArray(entry)) return entry.join(' ');
    throw badRequest("Invalid 'input': expected a string or an array of strings.", 'input', 'invalid_type');
  });
}

function dimensionsOf(value: unknown, size: number): number {
  if (value === undefined || value === null) return size;
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= size) return value;
  throw badRequest(
    `Invalid value for 'dimensions': expected an integer from 1 to ${size}.`,
    'dimensions',
    'invalid_value',
  );
}
