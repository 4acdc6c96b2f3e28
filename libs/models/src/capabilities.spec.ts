import { describe, expect, it } from 'vitest';
import { isServable, knownCapabilities, shownCapabilities } from './capabilities.js';

type Entry = Record<string, unknown>;

/** Entries of each form of list, and the capabilities that clients see. */
const ENTRIES: [string, Entry, string[]][] = [
  ['nothing', { id: 'gpt-x' }, ['completion', 'tools']],
  [
    'capabilities that are granted',
    { id: 'm', capabilities: { completion_chat: true, function_calling: true, vision: true } },
    ['completion', 'tools', 'vision'],
  ],
  [
    'capabilities that are denied',
    { id: 'm', capabilities: { completion_chat: true, function_calling: false, vision: false } },
    ['completion'],
  ],
  [
    'text to fill in',
    { id: 'm', capabilities: { completion_chat: true, completion_fim: true, function_calling: true } },
    ['completion', 'tools', 'insert'],
  ],
  [
    'chat but no completion',
    { id: 'm', capabilities: { completion: false, chat_completion: true, embeddings: false } },
    ['completion', 'tools'],
  ],
  [
    'embeddings',
    { id: 'm', capabilities: { completion: false, chat_completion: false, embeddings: true } },
    ['embedding'],
  ],
  ['a list of words', { id: 'm', capabilities: ['completion', 'multimodal'] }, ['completion', 'tools', 'vision']],
  [
    'words in tags',
    { id: 'm', tags: ['reasoning', 'tool-use', 'Vision', 'file-input'] },
    ['completion', 'tools', 'vision', 'thinking'],
  ],
  ['the use of tools', { id: 'm', type: 'llm', capabilities: ['tool_use'] }, ['completion', 'tools']],
  [
    'pictures as input',
    { id: 'm', architecture: { input_modalities: ['text', 'image'], output_modalities: ['text'] } },
    ['completion', 'tools', 'vision'],
  ],
  [
    'sound as input',
    { id: 'm', architecture: { input_modalities: ['text', 'audio'] } },
    ['completion', 'tools', 'audio'],
  ],
  ['text as input only', { id: 'gpt-4o', architecture: { input_modalities: ['text'] } }, ['completion', 'tools']],
  [
    'modalities at the top',
    { id: 'm', input_modalities: ['text', 'image'], output_modalities: ['text'] },
    ['completion', 'tools', 'vision'],
  ],
  ['embeddings as output', { id: 'm', architecture: { output_modalities: ['embeddings'] } }, ['embedding']],
  [
    'parameters with tools and reasoning',
    { id: 'm', supported_parameters: ['tools', 'reasoning', 'stop'] },
    ['completion', 'tools', 'thinking'],
  ],
  ['parameters without tools', { id: 'm', supported_parameters: ['stop', 'temperature'] }, ['completion']],
  ['no parameters', { id: 'm', supported_parameters: [] }, ['completion', 'tools']],
  [
    'flags',
    { id: 'm', supports_chat: true, supports_tools: false, supports_image_input: true },
    ['completion', 'vision'],
  ],
  [
    'flags of a gateway',
    {
      id: 'm',
      model_info: { mode: 'chat', supports_vision: true, supports_function_calling: true, supports_reasoning: true },
    },
    ['completion', 'tools', 'vision', 'thinking'],
  ],
  [
    'flags that are null',
    { id: 'm', supports_vision: null, model_info: { supports_vision: null } },
    ['completion', 'tools'],
  ],
  ['the type chat', { id: 'm', type: 'chat' }, ['completion', 'tools']],
  ['the type embedding', { id: 'm', type: 'embedding' }, ['embedding']],
  ['the type embeddings', { id: 'm', type: 'embeddings' }, ['embedding']],
  ['the type of models that see', { id: 'm', type: 'vlm' }, ['completion', 'tools', 'vision']],
  ['an unknown type', { id: 'm', type: 'model', kind: 'HF_BASE_MODEL' }, ['completion', 'tools']],
];

describe('capabilities', () => {
  it.each(ENTRIES)('are known from %s', (_what, entry, capabilities) => {
    expect(shownCapabilities(String(entry.id), knownCapabilities(entry))).toEqual(capabilities);
  });

  it.each([
    ['text-embedding-3-small', ['embedding']],
    ['nomic-embed-text:latest', ['embedding']],
    ['BAAI/bge-m3', ['embedding']],
    ['intfloat/e5-large', ['embedding']],
    ['thenlper/gte-base', ['embedding']],
    ['all-minilm-l6', ['embedding']],
    ['gpt-4o-mini', ['completion', 'tools', 'vision']],
    ['llava:7b', ['completion', 'tools', 'vision']],
    ['qwen2-vl-7b', ['completion', 'tools', 'vision']],
    ['llama-3.2-11b-vision', ['completion', 'tools', 'vision']],
    ['mistral-small', ['completion', 'tools']],
    ['vladimir-7b', ['completion', 'tools']],
  ])('are guessed from the name %s where nothing is said', (id, capabilities) => {
    expect(shownCapabilities(id, knownCapabilities({ id }))).toEqual(capabilities);
  });

  it('are not guessed from a name where something is said', () => {
    const entry = { id: 'embed-and-chat', type: 'chat' };

    expect(shownCapabilities(entry.id, knownCapabilities(entry))).toContain('completion');
  });

  it.each([
    ...['image', 'moderation', 'rerank', 'reranker', 'audio', 'transcription', 'video'].map((type) => ({ type })),
    { model_info: { mode: 'image_generation' } },
    { capabilities: { completion_chat: false, embedding: false } },
    { architecture: { output_modalities: ['image'] } },
  ])('of %j are none that can be served', (entry) => {
    expect(isServable(knownCapabilities(entry))).toBe(false);
  });

  it.each([
    {},
    { type: 'Chat' },
    { type: 'embedding' },
    { capabilities: { completion_chat: false } },
    { id: 'whisper-large-v3' },
  ])('of %j can be served, as far as is known', (entry) => {
    expect(isServable(knownCapabilities(entry))).toBe(true);
  });

  it.each([
    { capabilities: ['__proto__', 'constructor'] },
    { type: 'constructor' },
    { capabilities: { toString: true } },
  ])('are not found where there are none: %j', (entry) => {
    expect(knownCapabilities(entry)).toEqual({});
  });
});

describe('a decision model', () => {
  it('is listed, and neither chats nor embeds', () => {
    const known = knownCapabilities({ id: 'x', capabilities: ['decision'] });
    expect(isServable(known)).toBe(true);
    expect(shownCapabilities('x', known)).toEqual(['decision']);
  });
});
