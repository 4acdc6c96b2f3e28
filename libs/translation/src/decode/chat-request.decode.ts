import type { OllamaChatRequest, OllamaMessage, OllamaTool, OllamaToolCall } from '#contracts';
import { BadRequestError } from '#errors';
import { isRecord } from '#primitives';
import type { Decoded, Reader } from './go-fields.js';
import { readBody, readInteger, readList, readObject, readString, readStruct } from './go-fields.js';
import { readImages, textFields, withTextDefaults } from './text-fields.js';

const readArguments: Reader<Record<string, unknown>> = (value) => {
  if (!isRecord(value)) throw new BadRequestError(`Value looks like object, but can't find closing '}' symbol`);
  return value;
};

const readToolCall = readStruct('api.ToolCall', {
  id: readString,
  function: readStruct('api.ToolCallFunction', { index: readInteger, name: readString, arguments: readArguments }),
});

const messageFields = {
  role: readString,
  content: readString,
  thinking: readString,
  images: readImages,
  tool_calls: readList('[]api.ToolCall', readToolCall),
  tool_name: readString,
  tool_call_id: readString,
};

/** A schema is passed on as it is; only what Go cannot hold at its top level is refused. */
const readParameters: Reader<unknown> = (value, path) => {
  const schema = readObject('api.ToolFunctionParameters')(value, path);
  const { properties } = schema;
  if (properties !== undefined && properties !== null) readArguments(properties, path);
  return schema;
};

const readTool: Reader<OllamaTool> = (value, path) => readStruct('api.Tool', toolFields)(value, path) as OllamaTool;

const toolFields = {
  type: readString,
  name: readString,
  function: readStruct('api.ToolFunction', {
    name: readString,
    description: readString,
    parameters: readParameters,
  }),
};

const chatFields = {
  ...textFields,
  messages: readList('[]api.Message', readStruct('api.Message', messageFields)),
  tools: readList('api.Tools', readTool),
};

/** @throws BadRequestError in Ollama's words */
export function decodeChatRequest(body: unknown): OllamaChatRequest {
  const given = readBody(body, 'ChatRequest', chatFields);
  return {
    ...withTextDefaults(given),
    messages: (given.messages ?? []).map(toMessage),
    tools: given.tools ?? [],
  };
}

/** Nothing of a message is required (contract §0): a missing role or text is taken as empty. */
function toMessage(given: Decoded<typeof messageFields>): OllamaMessage {
  return {
    role: (given.role ?? '').toLowerCase(),
    content: given.content ?? '',
    ...(given.thinking && { thinking: given.thinking }),
    ...(given.images?.length && { images: given.images }),
    ...(given.tool_calls?.length && { tool_calls: given.tool_calls.map(toToolCall) }),
    ...(given.tool_name && { tool_name: given.tool_name }),
    ...(given.tool_call_id && { tool_call_id: given.tool_call_id }),
  };
}

function toToolCall(given: ReturnType<typeof readToolCall>): OllamaToolCall {
  return {
    ...(given.id && { id: given.id }),
    function: { name: given.function?.name ?? '', arguments: given.function?.arguments ?? {} },
  };
}
