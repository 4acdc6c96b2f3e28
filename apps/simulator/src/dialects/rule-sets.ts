import type { Rule } from './dialect.js';
import {
  callIdsPlain,
  historyNeedsTools,
  nothingBlank,
  noPrefill,
  rolesAlternate,
  systemFirst,
} from './conversation-rules.js';
import { batchAtMost, embeddingInputStrict, inputAtMost, tokensAtMost } from './embedding-rules.js';
import { jsonWordNeeded, noFormat, schemaComplete } from './format-rules.js';
import { answerAtMost, contextAtMost, promptAtMost, temperatureOrTopP } from './limit-rules.js';
import {
  noEmptyTools,
  noLogprobsWithToolStream,
  noToolChoiceObject,
  noTools,
  nothingEmpty,
  numberBetween,
  positiveLimits,
  stopAtMost,
  streamOptionsNeedStream,
  temperatureIsOne,
  toolChoiceNeedsTools,
  topLogprobsNeedLogprobs,
  unsupported,
  useMaxCompletionTokens,
} from './rules.js';
import { detailsNeeded, reasoningNeeded, reasoningPresent, signatureNeeded } from './turn-rules.js';
import { noUnionAtTop, toolChoiceKnown, toolNamesPlain, toolsWellFormed } from './tool-rules.js';

const tools = [noEmptyTools, toolsWellFormed, toolChoiceNeedsTools, toolChoiceKnown];

const openai: readonly Rule[] = [
  stopAtMost(4),
  ...tools,
  positiveLimits,
  numberBetween('temperature', 0, 2),
  numberBetween('top_p', 0, 1),
  numberBetween('presence_penalty', -2, 2),
  numberBetween('frequency_penalty', -2, 2),
  numberBetween('top_logprobs', 0, 20),
  streamOptionsNeedStream,
  topLogprobsNeedLogprobs,
  jsonWordNeeded,
  schemaComplete,
];

const deepseek: readonly Rule[] = [
  stopAtMost(16),
  noEmptyTools,
  noFormat('json_schema', 'This response_format type is unavailable now'),
  jsonWordNeeded,
];

const samplingOfReasoning = [
  'top_p',
  'presence_penalty',
  'frequency_penalty',
  'logprobs',
  'top_logprobs',
  'logit_bias',
  'stop',
];

/** The rules of each family, in the order they are looked at. */
export const ruleSets = {
  openai,
  openaiReasoning: [useMaxCompletionTokens, temperatureIsOne, unsupported(...samplingOfReasoning), ...openai],
  openaiEmbeddings: [embeddingInputStrict],
  strictest: [nothingEmpty, ...openai],
  strictestEmbeddings: [nothingEmpty, embeddingInputStrict],
  nothingEmpty: [nothingEmpty],
  mistral: [...tools, positiveLimits, numberBetween('temperature', 0, 1.5), schemaComplete],
  groq: [stopAtMost(4), ...tools, positiveLimits, numberBetween('temperature', 0, 2), jsonWordNeeded],
  deepseek,
  deepseekV4: [...deepseek, reasoningNeeded],
  moonshot: [noEmptyTools, positiveLimits, reasoningPresent],
  gemini3: [noEmptyTools, signatureNeeded],
  openrouter: [stopAtMost(4), noEmptyTools, detailsNeeded],
  cerebras: [stopAtMost(4), noEmptyTools, positiveLimits],
  perplexity: [noTools, noFormat('json_object', "response_format 'json_object' is not supported, use 'json_schema'.")],
  lmstudio: [noFormat('json_object', "'response_format.type' must be 'json_schema' or 'text'"), noToolChoiceObject],
  fireworks: [stopAtMost(4), noEmptyTools, positiveLimits],
  vllm: [noEmptyTools, toolChoiceNeedsTools, streamOptionsNeedStream, topLogprobsNeedLogprobs, positiveLimits],
  chatTemplate: [noEmptyTools, positiveLimits, contextAtMost(16_384), systemFirst, rolesAlternate],
  textEmbeddings: [batchAtMost(32), inputAtMost(512)],
  anthropic: [
    noEmptyTools,
    positiveLimits,
    answerAtMost(8_192),
    numberBetween('temperature', 0, 1),
    temperatureOrTopP,
    toolNamesPlain,
    noUnionAtTop,
    historyNeedsTools,
    callIdsPlain,
    nothingBlank,
    noPrefill,
    promptAtMost(16_384),
  ],
  anthropicEmbeddings: [embeddingInputStrict, tokensAtMost(2_000)],
  llamacpp: [topLogprobsNeedLogprobs, noLogprobsWithToolStream],
} as const satisfies Record<string, readonly Rule[]>;
