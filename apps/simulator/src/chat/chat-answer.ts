import type { Dialect } from '../dialects/dialect.js';
import type { SimulatedModel } from '../models/models.js';
import type { Script } from '../scripts/script.js';
import { createRandom, digest, seedOf } from '../text/random.js';
import type { Random } from '../text/random.js';
import type { Language } from '../text/word-salad.js';
import { tokenize } from '../text/tokens.js';
import type { ChatRequest } from './chat-request.js';
import { makeText } from './chat-text.js';
import { countDraft, cutAtLength, cutAtStop } from './limits.js';
import type { Draft } from './limits.js';
import { isReasoningOff, makeReasoning } from './reasoning.js';
import { makeToolCalls } from './tool-calls.js';
import { countPromptTokens } from './usage.js';
import type { Usage } from './usage.js';

/** A finished answer, not yet in the form of any dialect. */
export interface ChatAnswer extends Draft {
  /** null when the script wants none. */
  finish: string | null;
  usage: Usage;
}

interface AnswerContext {
  model: SimulatedModel;
  script: Script;
  seed: number;
  dialect: Dialect;
  language: Language;
}

/** The answer to a chat request; the same seed, request and script give the same answer. */
export function makeChatAnswer(request: ChatRequest, context: AnswerContext): ChatAnswer {
  const { script, dialect } = context;
  const full = makeDraft(request, context);
  const { draft, cut } = cutAtLength(full, request.maxTokens);
  const normal = cut ? 'length' : normalFinish(request, draft, dialect);
  return {
    ...draft,
    finish: script.noFinish ? null : (script.finish ?? normal),
    usage: {
      promptTokens: countPromptTokens(request.messages),
      completionTokens: countDraft(draft),
      reasoningTokens: draft.reasoning.length,
    },
  };
}

function makeDraft(request: ChatRequest, context: AnswerContext): Draft {
  const { model, script, seed, dialect, language } = context;
  if (script.emptyAnswer) return { reasoning: [], text: [], calls: [] };
  const { messages, tools, format } = request;
  const key = digest([seed, request.body.seed ?? request.body.random_seed, model.id, messages, tools, format]);
  const random = createRandom(seedOf(key));
  const words = hasWords(script);
  const quiet = words && script.toolCalls === undefined && script.calls === undefined;
  const calls = quiet ? [] : makeToolCalls(request, { script, random, key, idForm: dialect.toolIdForm });
  const withText = calls.length === 0 || words;
  return {
    text: withText ? cutAtStop(makeText(request, { script, language }, random), request.stops) : [],
    reasoning: script.thinking === undefined ? ownReasoning(request, context, random) : tokenize(script.thinking),
    calls,
  };
}

function ownReasoning(request: ChatRequest, { model, language }: AnswerContext, random: Random): string[] {
  return model.reasoning && !isReasoningOff(request.body) ? makeReasoning(request, random, language) : [];
}

/** Whether the script asks for a text, which keeps a model from calling tools on its own. */
function hasWords({ text, tokens, hugeBytes }: Script): boolean {
  return text !== undefined || tokens !== undefined || hugeBytes !== undefined;
}

function normalFinish(request: ChatRequest, draft: Draft, dialect: Dialect): string {
  if (draft.calls.length === 0) return 'stop';
  const forced = typeof request.toolChoice === 'object';
  if (dialect.toolFinishStop === 'forced' && forced) return 'stop';
  return dialect.toolFinishStop === 'streams' && request.stream ? 'stop' : 'tool_calls';
}
