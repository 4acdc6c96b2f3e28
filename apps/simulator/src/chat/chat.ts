import { requireModel } from '../simulation.js';
import type { Call } from '../simulation.js';
import type { Dialect } from '../dialects/dialect.js';
import { answerReply } from '../http/answer-reply.js';
import { Refusal } from '../http/refusal.js';
import type { Reply } from '../http/reply.js';
import type { SimulatedModel } from '../models/models.js';
import { makeChatAnswer } from './chat-answer.js';
import { toChatChunks } from './chat-chunks.js';
import { toChatJson } from './chat-json.js';
import { parseChatRequest } from './chat-request.js';
import type { ChatRequest } from './chat-request.js';

/** Answers POST /chat/completions. */
export function answerChat(call: Call): Reply {
  const { simulation, body, script } = call;
  const { dialect, seed, language } = simulation;
  const model = requireModel(simulation, body.model);
  const request = parseChatRequest(body);
  requireChat(request, model);
  requireAbilities(request, model, dialect);
  const answer = makeChatAnswer(request, { model, script, seed, dialect, language });
  const head = { id: simulation.nextId('chatcmpl-'), created: Math.floor(Date.now() / 1000), model: request.model };
  const context = { request, dialect, script, head };
  return answerReply(call, {
    chunks: () => toChatChunks(answer, context),
    json: () => toChatJson(answer, context),
    tokens: answer.usage.completionTokens,
  });
}

/** Refuses models that only the Responses API serves, in OpenAI's words. */
function requireChat({ tools }: ChatRequest, { id, chat }: SimulatedModel): void {
  if (chat === 'refused') {
    const text = id.includes('codex')
      ? 'This is not a chat model and thus not supported in the v1/chat/completions endpoint. Did you mean to use v1/completions?'
      : 'This model is only supported in v1/responses and not in v1/chat/completions.';
    throw new Refusal(404, text, { param: 'model' });
  }
  if (chat === 'without-tools' && tools.length > 0) {
    throw new Refusal(
      400,
      `Function tools with reasoning_effort are not supported for ${id} in /v1/chat/completions. To use function tools, use /v1/responses or set reasoning_effort to 'none'.`,
      { param: 'reasoning_effort' },
    );
  }
}

export function requireAbilities(request: ChatRequest, model: SimulatedModel, dialect: Dialect): void {
  if (model.kind !== 'chat') {
    throw new Refusal(404, 'This is not a chat model and thus not supported in the v1/chat/completions endpoint.', {
      param: 'model',
    });
  }
  if (request.tools.length > 0 && !model.tools) {
    throw dialect.toolRefusal?.(model) ?? new Refusal(400, `${model.id} does not support tools`);
  }
  if (request.images.length > 0 && !model.vision) {
    throw dialect.imageRefusal?.(model) ?? new Refusal(400, `${model.id} does not support image input`);
  }
}
