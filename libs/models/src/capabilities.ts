import type { Capability } from '#contracts';
import { isRecord } from '#primitives';
import { at } from './raw-list.js';

type Known = Partial<Record<Capability, boolean>>;

/** Capability by word, as found in the lists `capabilities` and `tags`. */
const WORDS: Readonly<Record<string, Capability>> = {
  completion: 'completion',
  chat: 'completion',
  chat_completion: 'completion',
  completion_chat: 'completion',
  tools: 'tools',
  tool_use: 'tools',
  'tool-use': 'tools',
  'tool-calling': 'tools',
  function_calling: 'tools',
  vision: 'vision',
  multimodal: 'vision',
  embedding: 'embedding',
  embeddings: 'embedding',
  thinking: 'thinking',
  reasoning: 'thinking',
  insert: 'insert',
  completion_fim: 'insert',
  audio: 'audio',
  decision: 'decision',
  decisions: 'decision',
};

/** Capability by boolean field. */
const FLAGS: Readonly<Record<string, Capability>> = {
  supports_chat: 'completion',
  supports_tools: 'tools',
  supports_function_calling: 'tools',
  supports_vision: 'vision',
  supports_image_input: 'vision',
  supports_reasoning: 'thinking',
  supports_embeddings: 'embedding',
  supports_audio_input: 'audio',
};

/** Capability by kind of model (`type`, `kind`, `mode`); kinds with undefined can neither chat nor embed. */
const KINDS: Readonly<Record<string, Capability | undefined>> = {
  chat: 'completion',
  language: 'completion',
  llm: 'completion',
  vlm: 'completion',
  code: 'completion',
  completion: 'completion',
  responses: 'completion',
  embedding: 'embedding',
  embeddings: 'embedding',
  image: undefined,
  image_generation: undefined,
  moderation: undefined,
  rerank: undefined,
  reranker: undefined,
  audio: undefined,
  audio_transcription: undefined,
  audio_speech: undefined,
  transcription: undefined,
  video: undefined,
};

/** Capabilities that the fields of an entry grant or deny (protocol D43). Later sources add to earlier ones. */
export function knownCapabilities(raw: Readonly<Record<string, unknown>>): Known {
  const known: Known = {};
  readKind(raw, known);
  readModalities(raw, known);
  readCapabilityField(raw.capabilities, known);
  readCapabilityField(raw.tags, known);
  readFlags(raw, known);
  readFlags(raw.model_info, known);
  readParameters(raw.supported_parameters, known);
  // Such a model refuses chat.
  if (known.decision) Object.assign(known, { completion: known.completion ?? false, tools: known.tools ?? false });
  if (known.embedding && !known.completion) Object.assign(known, { completion: false, tools: false, thinking: false });
  if (known.completion && known.embedding === undefined) known.embedding = false;
  return known;
}

function readKind(raw: Readonly<Record<string, unknown>>, known: Known): void {
  const kind = [raw.type, raw.kind, at(raw, 'model_info', 'mode')].find(
    (each): each is string => typeof each === 'string' && Object.hasOwn(KINDS, each.toLowerCase()),
  );
  if (kind === undefined) return;
  const capability = KINDS[kind.toLowerCase()];
  known.completion = capability === 'completion';
  known.embedding = capability === 'embedding';
  if (kind.toLowerCase() === 'vlm') known.vision = true;
}

function readModalities(raw: Readonly<Record<string, unknown>>, known: Known): void {
  const input = at(raw, 'architecture', 'input_modalities') ?? raw.input_modalities;
  if (Array.isArray(input)) {
    known.vision = input.includes('image');
    known.audio = input.includes('audio');
  }
  const output = at(raw, 'architecture', 'output_modalities') ?? raw.output_modalities;
  if (!Array.isArray(output) || output.length === 0) return;
  known.embedding = output.some((each) => /^embeddings?$/.test(String(each)));
  known.completion = output.includes('text') && !known.embedding;
}

function readCapabilityField(field: unknown, known: Known): void {
  if (Array.isArray(field)) {
    for (const word of field) set(known, String(word).toLowerCase(), true);
    return;
  }
  if (!isRecord(field)) return;
  for (const [word, value] of Object.entries(field)) if (typeof value === 'boolean') set(known, word, value);
}

function set(known: Known, word: string, value: boolean): void {
  const capability = Object.hasOwn(WORDS, word) ? WORDS[word] : undefined;
  if (capability) known[capability] = value || known[capability] === true;
}

function readFlags(raw: unknown, known: Known): void {
  if (!isRecord(raw)) return;
  for (const [flag, capability] of Object.entries(FLAGS)) {
    const value = raw[flag];
    if (typeof value === 'boolean') known[capability] = value || known[capability] === true;
  }
}

/** A parameter that is missing from the list of supported ones is not supported. */
function readParameters(parameters: unknown, known: Known): void {
  if (!Array.isArray(parameters) || parameters.length === 0) return;
  known.tools = parameters.includes('tools');
  known.thinking = parameters.some((each) => /^(reasoning|include_reasoning|reasoning_effort)$/.test(String(each)));
}

/** Capability by name, used only if no field has it, and never to reject a request (protocol D43). */
const NAME_HINTS: readonly [RegExp, Capability][] = [
  [/embed|(^|[-_/])(bge|e5|gte|minilm)[-_]/i, 'embedding'],
  [/(^|[-_/.])(vl|vision|llava|pixtral|4o|omni)([-_.:\d]|$)/i, 'vision'],
];

/** The capabilities shown to clients: the known ones, else those that most models have, so that no feature is hidden. */
export function shownCapabilities(id: string, known: Known): Capability[] {
  const hinted = (capability: Capability): boolean =>
    NAME_HINTS.some(([pattern, hint]) => hint === capability && pattern.test(id));
  const embeds = known.embedding ?? (known.completion === undefined && hinted('embedding'));
  if (embeds) return ['embedding'];
  const guesses: Known = { completion: true, tools: true, vision: hinted('vision'), ...known };
  const all: Capability[] = ['completion', 'tools', 'insert', 'vision', 'thinking', 'audio', 'decision'];
  return all.filter((capability) => guesses[capability]);
}

/** False only for models whose fields exclude chat, embeddings and decisions (protocol D44). */
export function isServable(known: Known): boolean {
  return known.decision === true || !(known.completion === false && known.embedding === false);
}
