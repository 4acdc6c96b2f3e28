import type { OllamaMessage, OpenAiMessage } from '#contracts';
import { isRecord } from '#primitives';
import { renderTemplate, renderTurns, toOpenAiMessages, toSamplingParameters } from '#translation';
import type { Additions } from './virtual-model.js';

type Body = Record<string, unknown>;

/** A request to an upstream: the path below its base URL, and the body. */
export interface Call {
  readonly path: string;
  readonly body: { readonly messages?: readonly OpenAiMessage[]; readonly prompt?: unknown };
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
  const messages = withSeeds(body.messages ?? [], model);
  const prompt = model.template === '' || isBeyondText(request) ? undefined : toPrompt(messages, model.template);
  if (prompt === undefined) return { path, body: { ...request, messages } };
  const { messages: _messages, reasoning_effort: _effort, logprobs, top_logprobs: count, ...rest } = request;
  return { path: '/completions', body: { ...rest, prompt, ...(logprobs === true && { logprobs: count }) } };
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

function isBeyondText({ tools, response_format: format }: Body): boolean {
  return tools !== undefined || format !== undefined;
}

/** Undefined for a conversation that is more than texts. */
function toPrompt(messages: readonly OpenAiMessage[], template: string): string | undefined {
  const texts = messages.flatMap(({ role, content, tool_calls: calls }) =>
    typeof content === 'string' && !calls && role !== 'tool' ? [{ role, content }] : [],
  );
  return texts.length === messages.length ? renderTurns(template, texts) : undefined;
}

/**
 * What is added to a body that a client wrote for an API of the upstream itself.
 * @param shape puts defaults into the form of the upstream
 */
export function addToForwarded(path: string, body: Body, model: Additions, shape: (defaults: Body) => Body): Body {
  switch (path) {
    case '/chat/completions':
      return addToChat(body, model, shape);
    case '/completions':
      return addToCompletion(body, model, shape);
    case '/messages':
      return addToMessages(body, model);
    case '/responses':
      return addToResponses(body, model);
    default:
      return body;
  }
}

function addToChat(body: Body, model: Additions, shape: (defaults: Body) => Body): Body {
  const messages = Array.isArray(body.messages) ? (body.messages as OpenAiMessage[]) : undefined;
  return {
    ...shape(withoutSet(defaultsOf(model), body)),
    ...body,
    ...(messages && { messages: withSeeds(messages, model) }),
  };
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
  const withTurns = turns.length > 0 && Array.isArray(items) ? [...turns, ...(items as unknown[])] : input;
  return {
    ...withoutUndefined(withoutSet(defaults, body)),
    ...body,
    ...(!hasInstructions && system !== '' && !beginsWithInstruction(items) && { instructions: system }),
    ...(withTurns !== undefined && { input: withTurns }),
  };
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

/** Whether every stored message is a text of one of the two sides, which each API can take. */
export function hasPlainMessages({ messages }: Additions): boolean {
  return messages.every(
    ({ role, images, tool_calls: calls }) => ['system', 'user', 'assistant'].includes(role) && !images && !calls,
  );
}

function withoutUndefined(body: Body): Body {
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined));
}
