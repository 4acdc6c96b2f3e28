import { requireModel } from '../simulation.js';
import type { Call } from '../simulation.js';
import { parseStops, positive, wantsUsage } from '../chat/chat-request.js';
import { cutAtLength, cutAtStop } from '../chat/limits.js';
import { answerReply } from '../http/answer-reply.js';
import { badRequest, Refusal } from '../http/refusal.js';
import type { Reply } from '../http/reply.js';
import { numberOf, stringOf } from '../json.js';
import type { JsonObject } from '../json.js';
import { countTokens } from '../text/tokens.js';
import { makeCompletion } from './completion-text.js';
import { toCompletionChunks, toCompletionJson } from './completion-wire.js';
import type { CompletionContext } from './completion-wire.js';

/** Answers POST /completions. */
export function answerCompletion(call: Call): Reply {
  const model = requireModel(call.simulation, call.body.model);
  if (model.kind !== 'chat') throw new Refusal(404, `${model.id} does not support text completion`, { param: 'model' });
  const context = makeContext(call);
  return answerReply(call, {
    chunks: () => toCompletionChunks(context),
    json: () => toCompletionJson(context),
    tokens: context.tokens.length,
  });
}

function makeContext({ simulation, body, script }: Call): CompletionContext {
  const prompt = promptOf(body);
  const input = { prompt, suffix: stringOf(body.suffix), script, seed: simulation.seed, language: simulation.language };
  const text = script.emptyAnswer ? [] : cutAtStop(makeCompletion(input), parseStops(body.stop));
  const { draft, cut } = cutAtLength({ reasoning: [], text, calls: [] }, positive(body.max_tokens));
  const created = Math.floor(Date.now() / 1000);
  return {
    head: { id: simulation.nextId('cmpl-'), object: 'text_completion', created, model: body.model },
    tokens: draft.text,
    finish: script.noFinish ? null : (script.finish ?? (cut ? 'length' : 'stop')),
    logprobs: numberOf(body.logprobs),
    usage: { promptTokens: countTokens(prompt), completionTokens: draft.text.length, reasoningTokens: 0 },
    includeUsage: wantsUsage(body),
    script,
    dialect: simulation.dialect,
  };
}

/** The prompt; of a list only the first one. */
function promptOf({ prompt }: JsonObject): string {
  const text = stringOf(Array.isArray(prompt) ? prompt[0] : prompt);
  if (text !== undefined) return text;
  throw badRequest("Missing required parameter: 'prompt'.", 'prompt', 'missing_required_parameter');
}
