import { isRecord } from '#primitives';
import { errorBody } from '../http/answer-reply.js';
import { scriptedJsonReply } from '../http/json-reply.js';
import { badRequest } from '../http/refusal.js';
import type { Reply } from '../http/reply.js';
import { objectsOf } from '../json.js';
import type { JsonObject } from '../json.js';
import type { Call } from '../simulation.js';
import { requireModel } from '../simulation.js';
import { countTokens } from '../text/tokens.js';

/** Of every answer: the first choice is the right one. */
const PROBABILITY = 0.75;

/** Answers POST /systemone, Ollama's API for decisions. */
export function answerSystemOne(call: Call): Reply {
  const { state, questions } = call.body;
  requireDecisionModel(call);
  if (state === undefined) throw badRequest('state is required');
  if (!isRecord(questions) || Object.keys(questions).length === 0) throw badRequest('questions is required');
  const answers = Object.fromEntries(Object.entries(questions).map(([name, question]) => [name, answer(question)]));
  return reply(call, { model: call.body.model, answers });
}

function answer(question: unknown): JsonObject {
  if (!isRecord(question)) throw badRequest('a question is an object');
  const { type, criteria } = question;
  const options = isRecord(criteria) ? Object.keys(criteria) : [];
  const probabilities = Object.fromEntries(options.map((option, index) => [option, share(index, options.length)]));
  switch (type) {
    case 'choice':
      return { type, choice: options[0], probabilities, confidence: PROBABILITY };
    case 'noul':
      return { type, noul: PROBABILITY };
    case 'score':
      return { type, score: PROBABILITY, legend: options, probabilities, confidence: PROBABILITY };
    default:
      throw badRequest(`unknown question type "${String(type)}"`);
  }
}

/** Answers POST /decisions, OpenAI's API for decisions. */
export function answerDecisions(call: Call): Reply {
  const { input, questions } = call.body;
  requireDecisionModel(call);
  for (const [field, value] of Object.entries({ input, questions }))
    if (value === undefined) throw badRequest(`Missing required parameter: '${field}'.`, field);
  const answers = objectsOf(questions).map((question) => ({ name: null, ...decide(question) }));
  return reply(call, { model: call.body.model, answers });
}

function decide({ type, name, choices, levels }: JsonObject): JsonObject {
  const named = typeof name === 'string' ? { type, name } : { type };
  switch (type) {
    case 'predicate':
      return { ...named, probability: PROBABILITY };
    case 'choice': {
      const values = objectsOf(choices).map(({ value }) => value);
      const probabilities = values.map((value, index) => ({ value, probability: share(index, values.length) }));
      return { ...named, choice: values[0], confidence: PROBABILITY, probabilities };
    }
    case 'score': {
      const labels = objectsOf(levels).map(({ label }) => label);
      const probabilities = labels.map((label, value) => ({ label, value, probability: share(value, labels.length) }));
      return { ...named, score: 0, confidence: PROBABILITY, probabilities };
    }
    default:
      throw badRequest(`Invalid value: '${String(type)}'.`, 'questions', 'invalid_value');
  }
}

/** Of the first option three quarters; the others share the rest. */
function share(index: number, count: number): number {
  if (count === 1) return 1;
  return index === 0 ? PROBABILITY : (1 - PROBABILITY) / (count - 1);
}

function requireDecisionModel({ simulation, body }: Call): void {
  const model = requireModel(simulation, body.model);
  if (model.kind !== 'decision') throw badRequest(`"${model.id}" does not support decision`, 'model');
}

function reply(call: Call, answered: JsonObject): Reply {
  const tokens = countTokens(JSON.stringify(call.body));
  const details = { input_tokens_details: { cached_tokens: 0 }, output_tokens_details: { reasoning_tokens: 0 } };
  const usage = { input_tokens: tokens, output_tokens: 1, total_tokens: tokens + 1, ...details };
  return scriptedJsonReply({ ...answered, usage }, call.script, () => errorBody(call));
}
