import { requireModel } from '../simulation.js';
import type { Call } from '../simulation.js';
import { requireAbilities } from '../chat/chat.js';
import { makeChatAnswer } from '../chat/chat-answer.js';
import { parseChatRequest } from '../chat/chat-request.js';
import { answerReply } from '../http/answer-reply.js';
import type { Reply } from '../http/reply.js';
import { badRequest } from '../http/refusal.js';
import { checkResponses } from './check-responses.js';
import { failureEvents, toResponseEvents, toResponseJson } from './responses-wire.js';
import { toChatBody } from './to-chat-body.js';

/** Answers POST /responses. */
export function answerResponses(call: Call): Reply {
  const { simulation, body, script } = call;
  const { dialect, seed, language, nextId } = simulation;
  const model = requireModel(simulation, body.model);
  if (model.kind !== 'chat')
    throw badRequest(
      `The requested model '${model.id}' cannot be used with the Responses API.`,
      'model',
      'model_not_found',
    );
  checkResponses(body, model, simulation.hasFunctionsOnly);
  const request = parseChatRequest(toChatBody(body));
  requireAbilities(request, model, dialect);
  const answer = makeChatAnswer(request, { model, script, seed, dialect, language });
  const head = { id: nextId('resp_'), created_at: Math.floor(Date.now() / 1000), model: request.model };
  const context = { body, script, head, nextId, logprobs: request.logprobs };
  return answerReply(call, {
    chunks: () => toResponseEvents(answer, context),
    json: () => toResponseJson(answer, context),
    tokens: answer.usage.completionTokens,
    failure: (message) => failureEvents(message, head),
  });
}
