import { Refusal } from '../http/refusal.js';
import type { SimulatedModel } from '../models/models.js';
import type { Dialect, DialectName } from './dialect.js';
import { chatFields, completionFields, embeddingFields } from './fields.js';
import { messageFields } from './message-fields.js';
import { ruleSets } from './rule-sets.js';
import { unknownField } from './unknown-field.js';

const standard = {
  errors: 'openai',
  reasoning: 'reasoning_content',
  usage: 'own-chunk',
  done: true,
  lineEnd: '\n',
  toolFragments: 'pieces',
  toolIdForm: 'call',
} as const satisfies Partial<Dialect>;

const openai: Dialect = {
  ...standard,
  name: 'openai',
  fields: { chat: chatFields.openai, completions: completionFields.openai, embeddings: embeddingFields.openai },
  unknownField: unknownField.openai,
  rules: { chat: ruleSets.openai, embeddings: ruleSets.openaiEmbeddings },
  messages: { fields: messageFields.openai, remoteImages: true, imageDetail: true },
  reasoning: 'hidden',
  toolFinishStop: 'forced',
  toolRefusal: () => new Refusal(404, 'tools is not supported in this model.', { param: null }),
  imageRefusal: () => new Refusal(400, 'Invalid content type. image_url is only supported by certain models.'),
};

const gemini: Dialect = {
  ...standard,
  name: 'gemini',
  fields: { chat: chatFields.gemini },
  unknownField: unknownField.gemini,
  errors: 'array',
  reasoning: 'hidden',
  toolFragments: 'whole',
  finishCarriesDelta: true,
  toolFinishStop: 'streams',
};

const deepseek: Dialect = {
  ...standard,
  name: 'deepseek',
  rules: { chat: ruleSets.deepseek },
  imageRefusal: () => new Refusal(400, 'Failed to deserialize: unknown variant `image_url`, expected `text`'),
  usage: 'finish-chunk',
  comment: { text: 'keep-alive', every: 16 },
};

/** What every dialect does its own way; see each field of `Dialect` for its meaning. */
export const dialects: Readonly<Record<DialectName, Dialect>> = {
  lenient: { ...standard, name: 'lenient' },

  openai,

  'openai-reasoning': {
    ...openai,
    name: 'openai-reasoning',
    rules: { ...openai.rules, chat: ruleSets.openaiReasoning },
  },

  strictest: {
    ...openai,
    name: 'strictest',
    rules: { chat: ruleSets.strictest, completions: ruleSets.nothingEmpty, embeddings: ruleSets.strictestEmbeddings },
    messages: { fields: messageFields.strictest },
    reasoning: 'reasoning_content',
  },

  mistral: {
    ...standard,
    name: 'mistral',
    fields: { chat: chatFields.mistral, embeddings: embeddingFields.mistral },
    unknownField: unknownField.mistral,
    rules: { chat: ruleSets.mistral },
    messages: {
      fields: messageFields.mistral,
      remoteImages: true,
      bareImageUrl: true,
      toolIds: /^[A-Za-z0-9]{9}$/,
      strictOrder: true,
    },
    errors: 'object-error',
    reasoning: 'content-parts',
    usage: 'finish-chunk',
    toolFragments: 'whole',
    toolIdForm: 'short',
    finishCarriesDelta: true,
    modelExtras: (model) => ({
      max_context_length: model.contextLength,
      capabilities: {
        completion_chat: model.kind === 'chat',
        function_calling: model.tools === true,
        vision: model.vision === true,
      },
    }),
  },

  groq: {
    ...standard,
    name: 'groq',
    fields: { chat: chatFields.groq },
    unknownField: unknownField.groq,
    rules: { chat: ruleSets.groq },
    messages: { fields: messageFields.groq, remoteImages: true },
    imageRefusal: () => new Refusal(400, "'messages.0' : content must be a string"),
    errorEventName: 'error',
    reasoning: 'reasoning',
    usage: 'groq',
    toolFragments: 'whole',
    toolIdForm: 'short',
    modelExtras: (model) => ({ active: true, context_window: model.contextLength }),
  },

  gemini,

  'gemini-3': { ...gemini, name: 'gemini-3', rules: { chat: ruleSets.gemini3 }, turnParts: 'signature' },

  deepseek,

  'deepseek-v4': { ...deepseek, name: 'deepseek-v4', rules: { chat: ruleSets.deepseekV4 } },

  moonshot: { ...standard, name: 'moonshot', rules: { chat: ruleSets.moonshot }, usage: 'finish-chunk' },

  openrouter: {
    ...standard,
    name: 'openrouter',
    rules: { chat: ruleSets.openrouter },
    reasoning: 'reasoning',
    turnParts: 'details',
    comment: { text: 'OPENROUTER PROCESSING' },
    modelExtras: () => ({ supported_parameters: ['tools', 'reasoning'], pricing: { prompt: '0', completion: '0' } }),
  },

  cerebras: {
    ...standard,
    name: 'cerebras',
    fields: { chat: chatFields.cerebras },
    unknownField: unknownField.cerebras,
    rules: { chat: ruleSets.cerebras },
    reasoning: 'reasoning',
    usage: 'finish-chunk',
    done: false,
    toolFragments: 'whole',
  },

  perplexity: {
    ...standard,
    name: 'perplexity',
    rules: { chat: ruleSets.perplexity },
    errors: 'numeric-code',
    reasoning: 'think-tags',
    usage: 'every-chunk',
    done: false,
    lineEnd: '\r\n',
    comment: { text: 'ping - 2026-01-01 00:00:00+00:00' },
    finishCarriesDelta: true,
  },

  lmstudio: { ...standard, name: 'lmstudio', rules: { chat: ruleSets.lmstudio }, errors: 'string' },

  fireworks: {
    ...standard,
    name: 'fireworks',
    fields: { chat: chatFields.fireworks, embeddings: embeddingFields.openai },
    unknownField: unknownField.fireworks,
    rules: { chat: ruleSets.fireworks },
    errors: 'fireworks',
    usage: 'finish-chunk',
  },

  vllm: {
    ...standard,
    name: 'vllm',
    rules: { chat: ruleSets.vllm },
    errors: 'vllm',
    doneAfterError: true,
    reasoning: 'reasoning',
    modelExtras: (model) => ({ root: model.id, parent: null, max_model_len: model.contextLength }),
  },

  'chat-template': {
    ...standard,
    name: 'chat-template',
    rules: { chat: ruleSets.chatTemplate, embeddings: ruleSets.textEmbeddings },
    errors: 'vllm',
    reasoning: 'reasoning',
  },

  anthropic: {
    ...standard,
    name: 'anthropic',
    rules: { chat: ruleSets.anthropic, embeddings: ruleSets.anthropicEmbeddings },
    usage: 'finish-chunk',
    toolFragments: 'whole',
  },

  llamacpp: {
    ...standard,
    name: 'llamacpp',
    rules: { chat: ruleSets.llamacpp },
    imageRefusal: () => new Refusal(500, 'image input is not supported - hint: you may need to provide the mmproj'),
    errors: 'numeric-code',
    timings: true,
    modelExtras: llamaMeta,
  },
};

export function isDialectName(name: string): name is DialectName {
  return Object.hasOwn(dialects, name);
}

function llamaMeta({ contextLength, dimensions }: SimulatedModel) {
  return {
    meta: {
      n_ctx: contextLength,
      n_ctx_train: contextLength,
      n_embd: dimensions ?? 4096,
      n_params: 1_000_000,
      size: 2_000_000,
    },
  };
}
