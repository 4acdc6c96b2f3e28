export { CompletionsToChat } from './response/completions-to-chat.js';
export { OllamaStream } from './response/ollama-stream.js';
export type { ReplyStream } from './response/reply-stream.js';
export {
  decodeChatRequest,
  decodeCopyRequest,
  decodeCreateRequest,
  decodeDeleteRequest,
  decodeEmbeddingsRequest,
  decodeEmbedRequest,
  decodeGenerateRequest,
  decodePullRequest,
  decodePushRequest,
  decodeShowRequest,
} from './decode/requests.js';
export { parseGoJson, readGoJson } from './decode/go-json.js';
export { canonicalName, displayName, isValidName, plainName } from './models/names.js';
export { checkGenerateRequest } from './request/generate-request.js';
export { checkOptions, toSamplingParameters } from './request/options.js';
export { toOpenAiMessages } from './request/conversation.js';
export { checkTemplate, renderTemplate, renderTurns } from './request/prompt-template.js';
export { countTokens, estimateTokens } from './response/usage.js';
export { TranslationService } from './translation.service.js';
export type { ResponseSource } from './translation.service.js';
export { readEmbeddings } from './embed/vectors.js';
export type { EmbeddedBatch, Vector } from './embed/vectors.js';
export { StopWatcher } from './response/stop-watcher.js';
