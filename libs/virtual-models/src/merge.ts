import type { OllamaMessage, OpenAiMessage } from '#contracts';
import { isRecord } from '#primitives';
import { renderTemplate, renderTurns, toOpenAiMessages, toSamplingParameters } from '#translation';
import type { Additions } from './virtual-model.js';

type Body = Record<string, unknown>;

/** A request to an upstream: the path below its base URL, and the body. */
export interface Call {
  readonly path: string;
  readonly body: { readonly messages?: readonly OpenAiMessage[]; readonly prompt?: unknown };
  /** Of a prompt that a template has made: the chat, for an upstream without text completions. */
  readonly chat?: { readonly messages: readonly OpenAiMessage[] };
}

/**
 * A neutral request with what a virtual model adds to it. What the client sent always wins. A conversation of texts is
 * sent as one prompt if the model has a template; tools, images and schemas need the upstream's own chat template.
 */
export function addToCall({ path, body }: Call, model: Additions): Call {
  const request: Body = { ...withoutSet(defaultsOf(model), { ...body }), ...body };
  // A prompt that arrives as text is `raw`, rendered from a template of the client, or filled in the middle.
  if (path === '/completions') return { path, body: request };
  if (path !== '/chat/completions') return { path, body };
  const chat = { ...request, messages: withSeeds(body.messages ?? [], model) };
  return toCompletion(chat, model) ?? { path, body: chat };
}

/** Fields that a text completion does not have. */
const CHAT_FIELDS: ReadonlySet<string> = new Set([
  'messages',
  'max_completion_tokens',
  'logprobs',
  'top_logprobs',
  'reasoning_effort',
  'response_format',
  'tools',
  'tool_choice',
  'parallel_tool_calls',
  'functions',
  'function_call',
  'modalities',
]);

/** A chat as one prompt, if the model has a template and the chat is no more than texts. */
function toCompletion(
  chat: Body & { messages: readonly OpenAiMessage[] },
  { template }: Additions,
): { path: string; body: Body; chat: typeof chat } | undefined {
  const prompt = template === '' || isBeyondText(chat) ? undefined : toPrompt(chat.messages, template);
  if (prompt === undefined) return undefined;
  const { max_completion_tokens: maxTokens, logprobs, top_logprobs: count } = chat;
  const body = {
    ...Object.fromEntries(Object.entries(chat).filter(([field]) => !CHAT_FIELDS.has(field))),
    prompt,
    ...(typeof maxTokens === 'number' && { max_tokens: maxTokens }),
    ...(logprobs === true && { logprobs: count ?? 1 }),
  };
  return { path: '/completions', body, chat };
}

/** Fields of the OpenAI format for the parameters of the model. */
function defaultsOf({ parameters }: Additions): Body {
  return toSamplingParameters(parameters);
}

/** The names under which the APIs limit the length of an answer. */
const LENGTH_FIELDS = ['max_tokens', 'max_completion_tokens', 'max_output_tokens'];

/** The defaults that the client has not set, under any name. */
function withoutSet(defaults: Body, client: Body): Body {
  const isSet = (field: string): boolean => client[field] !== undefined && client[field] !== null;
  const hasLength = LENGTH_FIELDS.some(isSet);
  return Object.fromEntries(
    Object.entries(defaults).filter(([field]) => !isSet(field) && !(hasLength && LENGTH_FIELDS.includes(field))),
  );
}

/** Both belong to the beginning: the client's system prompt if it has one, then the stored messages. */
function withSeeds(messages: readonly OpenAiMessage[], model: Additions): OpenAiMessage[] {
  const isInstruction = ({ role }: OpenAiMessage): boolean => role === 'system' || role === 'developer';
  const start = messages.findIndex((message) => !isInstruction(message));
  const own = messages.slice(0, start < 0 ? messages.length : start);
  const system: OpenAiMessage[] =
    own.length > 0 ? own : model.system === '' ? [] : [{ role: 'system', content: model.system }];
  return [...system, ...toOpenAiMessages(model.messages, []), ...messages.slice(own.length)];
}

function isBeyondText({ tools, functions, response_format: format, modalities }: Body): boolean {
  const hasFormat = format !== undefined && format !== null && (!isRecord(format) || format.type !== 'text');
  return hasEntries(tools) || hasEntries(functions) || hasFormat || (hasEntries(modalities) && !isTextOnly(modalities));
}

function hasEntries(value: unknown): value is unknown[] {
  return Array.isArray(value) && value.length > 0;
}

function isTextOnly(modalities: readonly unknown[]): boolean {
  return modalities.every((each) => each === 'text');
}

/** Undefined for a conversation that is more than texts. */
function toPrompt(messages: readonly OpenAiMessage[], template: string): string | undefined {
  const turns = messages.flatMap(({ role, content, tool_calls: calls }) => {
    const text = textOf(content);
    return text !== undefined && !hasEntries(calls) && role !== 'tool' ? [{ role, content: text }] : [];
  });
  return turns.length === messages.length ? renderTurns(template, turns) : undefined;
}

/** Undefined for content with a part that is no text. */
function textOf(content: unknown): string | undefined {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return undefined;
  const texts = content
    .filter(isRecord)
    .flatMap(({ type, text }) => (type === 'text' && typeof text === 'string' ? [text] : []));
  return texts.length === content.length ? texts.join('') : undefined;
}

/** A client's own request, which may go to another path of the upstream than the client's. */
interface ForwardedCall {
  readonly path: string;
  readonly body: Body;
  /** See Call. */
  readonly chat?: Body;
}

/**
 * What is added to a body that a client wrote for an API of the upstream itself.
 * @param shape puts defaults into the form of the upstream
 */
export function addToForwarded(
  path: string,
  body: Body,
  model: Additions,
  shape: (defaults: Body) => Body,
): ForwardedCall {
  switch (path) {
    case '/chat/completions':
      return addToChat(body, model, shape);
    case '/completions':
      return { path, body: addToCompletion(body, model, shape) };
    case '/messages':
      return { path, body: addToMessages(body, model) };
    case '/responses':
      return { path, body: addToResponses(body, model) };
    default:
      return { path, body };
  }
}

function addToChat(body: Body, model: Additions, shape: (defaults: Body) => Body): ForwardedCall {
  const request = { ...shape(withoutSet(defaultsOf(model), body)), ...body };
  if (!Array.isArray(body.messages)) return { path: '/chat/completions', body: request };
  const chat = { ...request, messages: withSeeds(body.messages as OpenAiMessage[], model) };
  return toCompletion(chat, model) ?? { path: '/chat/completions', body: chat };
}

/** Stands between the parts of a prompt without a template. */
const PARAGRAPH = '\n\n';

function addToCompletion(body: Body, model: Additions, shape: (defaults: Body) => Body): Body {
  const { prompt, suffix } = body;
  const isPlain = typeof prompt === 'string' && (suffix === undefined || suffix === null || suffix === '');
  return {
    ...shape(withoutSet(defaultsOf(model), body)),
    ...body,
    ...(isPlain && { prompt: surround(prompt, model) }),
  };
}

function surround(prompt: string, { system, template, messages }: Additions): string {
  if (template !== '' && messages.length === 0)
    return renderTemplate(template, { System: system, Prompt: prompt, Suffix: '', Response: '' });
  if (template !== '') {
    const start = system === '' ? [] : [{ role: 'system', content: system }];
    return renderTurns(template, [...start, ...messages, { role: 'user', content: prompt }]);
  }
  return [system, ...messages.map(({ content }) => content), prompt].filter((part) => part !== '').join(PARAGRAPH);
}

/** Anthropic's Messages API: `max_tokens` is required there, so the client has set it. */
function addToMessages(body: Body, model: Additions): Body {
  const { temperature, top_p, top_k, stop } = defaultsOf(model);
  const defaults = { temperature, top_p, top_k, stop_sequences: stop };
  const { system, turns } = splitSeeds(model);
  const hasSystem = body.system !== undefined && body.system !== null && body.system !== '';
  return {
    ...withoutUndefined(withoutSet(defaults, body)),
    ...body,
    ...(!hasSystem && system !== '' && { system }),
    ...(Array.isArray(body.messages) && { messages: [...turns, ...(body.messages as unknown[])] }),
  };
}

function addToResponses(body: Body, model: Additions): Body {
  const { temperature, top_p, max_tokens } = defaultsOf(model);
  const defaults = { temperature, top_p, max_output_tokens: max_tokens };
  const { system, turns } = splitSeeds(model);
  const { input, instructions } = body;
  const hasInstructions = typeof instructions === 'string' && instructions !== '';
  const items = typeof input === 'string' ? [{ role: 'user', content: input }] : input;
  const withTurns =
    turns.length > 0 && Array.isArray(items) && !isContinuation(body) ? [...turns, ...(items as unknown[])] : input;
  return {
    ...withoutUndefined(withoutSet(defaults, body)),
    ...body,
    ...(!hasInstructions && system !== '' && !beginsWithInstruction(items) && { instructions: system }),
    ...(withTurns !== undefined && { input: withTurns }),
  };
}

/** The upstream has the beginning of the conversation, with the stored messages; instructions it does not keep. */
function isContinuation({ previous_response_id: previous, conversation }: Body): boolean {
  return [previous, conversation].some((each) => each !== undefined && each !== null);
}

function beginsWithInstruction(items: unknown): boolean {
  const first: unknown = Array.isArray(items) ? items[0] : undefined;
  return isRecord(first) && (first.role === 'system' || first.role === 'developer');
}

/** APIs that keep instructions apart from turns get the stored system messages with the system prompt. */
function splitSeeds({ system, messages }: Additions): { system: string; turns: { role: string; content: string }[] } {
  const isSystem = ({ role }: OllamaMessage): boolean => role === 'system';
  const instructions = [system, ...messages.filter(isSystem).map(({ content }) => content)];
  return {
    system: instructions.filter((text) => text !== '').join(PARAGRAPH),
    turns: messages.filter((message) => !isSystem(message)).map(({ role, content }) => ({ role, content })),
  };
}

/** Whether a request of an agents' API is rendered with the model's template: it is one unless it has tools. */
export function isRendered({ tools }: Body, { template }: Additions): boolean {
  return template !== '' && !hasEntries(tools);
}

/** Whether every stored message is a text of one of the two sides, which each API can take. */
export function hasPlainMessages({ messages }: Additions): boolean {
  return messages.every(
    ({ role, images, tool_calls: calls }) => ['system', 'user', 'assistant'].includes(role) && !images && !calls,
  );
}

function withoutUndefined(body: Body): Body {
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined));
}
