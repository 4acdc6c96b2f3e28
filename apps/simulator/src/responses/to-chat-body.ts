import { isRecord } from '#primitives';
import { objectsOf, stringOf } from '../json.js';
import type { JsonObject } from '../json.js';

/** The same request as one of chat completions, from which the answer is made. */
export function toChatBody(body: JsonObject): JsonObject {
  const { model, stream, reasoning, max_output_tokens: limit, top_logprobs: alternatives } = body;
  const { parallel_tool_calls: parallel, instructions, include } = body;
  const system = typeof instructions === 'string' ? [{ role: 'system', content: instructions }] : [];
  const hasLogprobs = Array.isArray(include) && include.includes('message.output_text.logprobs');
  return {
    model,
    stream,
    messages: [...system, ...toMessages(body.input)],
    tools: declaredTools(body).map(({ tool }) => toTool(tool)),
    ...(body.tool_choice !== undefined && { tool_choice: toToolChoice(body.tool_choice) }),
    ...(parallel !== undefined && { parallel_tool_calls: parallel }),
    ...(limit !== undefined && { max_tokens: limit }),
    ...(isRecord(reasoning) && { reasoning_effort: reasoning.effort }),
    ...toFormat(body.text),
    ...(hasLogprobs && { logprobs: true, top_logprobs: alternatives ?? 0 }),
  };
}

/** A tool that the client runs, and the namespace it is in. */
interface DeclaredTool {
  tool: JsonObject;
  namespace: string | undefined;
}

/** Functions and custom tools of the request and of its items, those in namespaces included. */
export function declaredTools({ tools, input }: JsonObject): DeclaredTool[] {
  const added = objectsOf(input).flatMap((item) => (item.type === 'additional_tools' ? objectsOf(item.tools) : []));
  return [...objectsOf(tools), ...added].flatMap((tool): DeclaredTool[] => {
    if (tool.type !== 'namespace') return isOfClient(tool) ? [{ tool, namespace: undefined }] : [];
    const inside = objectsOf(tool.tools).filter(isOfClient);
    return inside.map((each) => ({ tool: each, namespace: String(tool.name) }));
  });
}

function isOfClient({ type }: JsonObject): boolean {
  return type === 'function' || type === 'custom';
}

function toMessages(input: unknown): JsonObject[] {
  if (typeof input === 'string') return [{ role: 'user', content: input }];
  return objectsOf(input).flatMap((item) => {
    const { type, call_id: id, name } = item;
    switch (type ?? 'message') {
      case 'function_call':
        return [toCallMessage(id, { name, arguments: item.arguments })];
      case 'custom_tool_call':
        return [toCallMessage(id, { name, arguments: item.input })];
      case 'function_call_output':
      case 'custom_tool_call_output':
        return [{ role: 'tool', tool_call_id: id, content: toContent(item.output) }];
      case 'message':
        return [{ role: item.role, content: toContent(item.content) }];
      default:
        return [];
    }
  });
}

function toCallMessage(id: unknown, called: JsonObject): JsonObject {
  return { role: 'assistant', content: null, tool_calls: [{ id, type: 'function', function: called }] };
}

function toContent(content: unknown): unknown {
  if (typeof content === 'string') return content;
  return objectsOf(content).map((part) =>
    part.type === 'input_image'
      ? { type: 'image_url', image_url: { url: part.image_url } }
      : { type: 'text', text: stringOf(part.text) ?? stringOf(part.refusal) ?? '' },
  );
}

/** A custom tool takes any text; it becomes a function whose arguments are that text. */
function toTool({ type, name, parameters }: JsonObject): JsonObject {
  return { type: 'function', function: { name, parameters: type === 'custom' ? { type: 'object' } : parameters } };
}

function toToolChoice(choice: unknown): unknown {
  return isRecord(choice) && choice.name !== undefined ? { type: 'function', function: { name: choice.name } } : choice;
}

function toFormat(text: unknown): JsonObject {
  const format = isRecord(text) ? text.format : undefined;
  if (!isRecord(format) || format.type === 'text') return {};
  const { type, ...schema } = format;
  return { response_format: type === 'json_schema' ? { type, json_schema: schema } : { type } };
}
