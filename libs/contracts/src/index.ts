export type * from './ollama/chat.js';
export type * from './ollama/embed.js';
export type * from './ollama/generate.js';
export type * from './ollama/model.js';
export type * from './openai/chat.js';
export type * from './openai/completion.js';
export type * from './openai/embedding.js';
export type * from './openai/model.js';
