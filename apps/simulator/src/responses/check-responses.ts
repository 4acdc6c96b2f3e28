import { isRecord } from '#primitives';
import { badRequest, Refusal } from '../http/refusal.js';
import { numberOf, objectsOf, stringOf } from '../json.js';
import type { JsonObject } from '../json.js';
import type { SimulatedModel } from '../models/models.js';
import { isOwnEncrypted } from './encrypted.js';

const FIELDS = new Set([
  ...['model', 'input', 'instructions', 'tools', 'tool_choice', 'parallel_tool_calls', 'text', 'reasoning', 'stream'],
  ...[
    'max_output_tokens',
    'temperature',
    'top_p',
    'top_logprobs',
    'store',
    'include',
    'truncation',
    'metadata',
    'client_metadata',
    'user',
  ],
  ...['service_tier', 'prompt_cache_key', 'prompt_cache_retention', 'safety_identifier', 'stream_options'],
  ...['previous_response_id', 'background', 'max_tool_calls', 'prompt', 'conversation'],
  ...['prompt_cache_options', 'context_management', 'moderation'],
]);
const INCLUDABLE = new Set([
  'reasoning.encrypted_content',
  'message.output_text.logprobs',
  'web_search_call.results',
  'web_search_call.action.sources',
  'file_search_call.results',
  'code_interpreter_call.outputs',
  'message.input_image.image_url',
  'computer_call_output.output.image_url',
]);
/** Tools without a name: they run on the server, or have one form only. */
const NAMELESS_TOOLS = new Set([
  ...['tool_search', 'web_search', 'web_search_preview', 'file_search', 'code_interpreter', 'image_generation'],
  ...['computer', 'computer_use_preview', 'mcp', 'local_shell', 'shell', 'apply_patch', 'programmatic_tool_calling'],
]);
/** Items of other tools, and compacted conversations: their form is not checked. */
const OTHER_ITEMS = new Set([
  ...['tool_search_call', 'tool_search_output', 'compaction', 'web_search_call', 'file_search_call'],
  ...['code_interpreter_call', 'image_generation_call', 'computer_call', 'computer_call_output', 'mcp_call'],
  ...['mcp_list_tools', 'mcp_approval_request', 'mcp_approval_response', 'local_shell_call', 'shell_call'],
  ...['local_shell_call_output', 'shell_call_output', 'apply_patch_call', 'apply_patch_call_output'],
]);
const EFFORTS = new Set(['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max']);
const NAME = /^[a-zA-Z0-9_-]{1,64}$/;
const MIN_OUTPUT_TOKENS = 16;

/** Parts of a content, by the role or the item that they belong to. */
const INPUT_PARTS: Record<string, string> = { input_text: 'text', input_image: 'image_url', input_file: 'file_data' };
const OUTPUT_PARTS: Record<string, string> = { output_text: 'text', refusal: 'refusal' };

/** Refuses what the Responses API refuses. */
export function checkResponses(body: JsonObject, model: SimulatedModel, hasFunctionsOnly: boolean): void {
  if (hasFunctionsOnly) refuseOtherTools(body);
  const unknown = Object.keys(body).find((field) => !FIELDS.has(field));
  if (unknown !== undefined) throw badRequest(`Unknown parameter: '${unknown}'.`, unknown, 'unknown_parameter');
  if (typeof body.previous_response_id === 'string')
    throw badRequest(
      `Previous response with id '${body.previous_response_id}' not found.`,
      'previous_response_id',
      'previous_response_not_found',
    );
  checkSettings(body, model);
  checkFormat(body);
  checkTools(body);
  if (typeof body.input !== 'string') checkInput(body.input);
}

function checkSettings(body: JsonObject, model: SimulatedModel): void {
  const { max_output_tokens: limit, include, reasoning } = body;
  if (limit !== undefined && (numberOf(limit) ?? 0) < MIN_OUTPUT_TOKENS)
    throw badRequest(
      `Invalid 'max_output_tokens': integer below minimum value. Expected a value >= ${MIN_OUTPUT_TOKENS}, but got ${JSON.stringify(limit)} instead.`,
      'max_output_tokens',
      'integer_below_min_value',
    );
  for (const each of Array.isArray(include) ? (include as unknown[]) : []) {
    if (!INCLUDABLE.has(String(each)))
      throw badRequest(`Invalid value: '${String(each)}'.`, 'include[0]', 'invalid_value');
  }
  const effort = isRecord(reasoning) ? stringOf(reasoning.effort) : undefined;
  if (effort !== undefined && !EFFORTS.has(effort))
    throw badRequest(`Invalid value: '${effort}'.`, 'reasoning.effort', 'invalid_value');
  if (!model.reasoning) {
    if (effort !== undefined) throw unsupported('reasoning.effort');
    if (Array.isArray(include) && include.includes('reasoning.encrypted_content'))
      throw badRequest('Encrypted content is not supported with this model.', 'include');
    return;
  }
  for (const field of ['temperature', 'top_p']) if (body[field] !== undefined) throw unsupported(field);
}

function unsupported(field: string): Refusal {
  return badRequest(
    `Unsupported parameter: '${field}' is not supported with this model.`,
    field,
    'unsupported_parameter',
  );
}

function checkFormat({ text, input }: JsonObject): void {
  const format = isRecord(text) ? text.format : undefined;
  if (format === undefined) return;
  if (!isRecord(format)) throw badRequest("Invalid type for 'text.format'.", 'text.format', 'invalid_type');
  if (format.type === 'json_object' && !/json/i.test(JSON.stringify(input)))
    throw badRequest(
      "Response input messages must contain the word 'json' in some form to use 'text.format' of type 'json_object'.",
      'input',
    );
  if (format.type !== 'json_schema') return;
  if (!NAME.test(String(format.name))) throw missing('text.format.name');
  if (!isRecord(format.schema)) throw missing('text.format.schema');
  if (format.strict !== false) checkStrict(format.schema, 'text.format.schema');
}

function missing(path: string): Refusal {
  return badRequest(`Missing required parameter: '${path}'.`, path, 'missing_required_parameter');
}

/** Strict schemas close every object. The server assumes strictness unless `strict` is false. */
function checkStrict(schema: JsonObject, path: string): void {
  if (schema.type === 'object' && schema.additionalProperties !== false)
    throw badRequest(
      `Invalid schema: 'additionalProperties' is required to be supplied and to be false.`,
      path,
      'invalid_function_parameters',
    );
}

/** In the words of servers that know functions alone. */
function refuseOtherTools({ tools, input }: JsonObject): void {
  const at = objectsOf(tools).findIndex(({ type }) => type !== 'function');
  const { type } = objectsOf(tools)[at] ?? {};
  if (at >= 0)
    throw badRequest(
      `Invalid value: '${String(type)}'. Supported values are: 'function'.`,
      `tools[${at}].type`,
      'invalid_value',
    );
  const item = objectsOf(input).find((each) => /tool|custom/.test(String(each.type)));
  if (item) throw badRequest(`unknown input item type: "${String(item.type)}"`, 'input');
}

function checkTools({ tools, tool_choice: choice, input }: JsonObject): void {
  checkToolList(objectsOf(tools), 'tools');
  const isAdded = objectsOf(input).some(({ type }) => type === 'additional_tools');
  if (choice !== undefined && objectsOf(tools).length === 0 && !isAdded)
    throw badRequest("Invalid value: 'tool_choice' is only allowed when 'tools' are specified.", 'tool_choice');
}

function checkToolList(tools: JsonObject[], list: string): void {
  for (const [index, tool] of tools.entries()) {
    const path = `${list}[${index}]`;
    if (NAMELESS_TOOLS.has(String(tool.type))) continue;
    if (tool.type === 'namespace') {
      if (typeof tool.name !== 'string') throw missing(`${path}.name`);
      checkToolList(objectsOf(tool.tools), `${path}.tools`);
      continue;
    }
    if (tool.type !== 'function' && tool.type !== 'custom')
      throw badRequest(`Invalid value: '${String(tool.type)}'.`, `${path}.type`, 'invalid_value');
    const name = stringOf(tool.name);
    if (name === undefined) throw missing(`${path}.name`);
    if (!NAME.test(name))
      throw badRequest(`Invalid '${path}.name': string does not match pattern.`, `${path}.name`, 'invalid_value');
    if (tool.type === 'custom') continue;
    if (!isRecord(tool.parameters)) throw missing(`${path}.parameters`);
    if (tool.parameters.type !== 'object')
      throw badRequest(
        `Invalid schema for function '${name}': schema must be of type "object".`,
        `${path}.parameters`,
        'invalid_function_parameters',
      );
    if (tool.strict !== false) checkStrict(tool.parameters, `${path}.parameters`);
  }
}

function checkInput(input: unknown): void {
  if (!Array.isArray(input) || input.length === 0 || !input.every(isRecord))
    throw badRequest(
      "Invalid type for 'input': expected a string or a non-empty array of objects.",
      'input',
      'invalid_type',
    );
  for (const [index, item] of input.entries()) checkItem(item, `input[${index}]`, input.slice(index + 1));
  checkPairs(input);
}

function checkItem(item: JsonObject, path: string, rest: JsonObject[]): void {
  switch (item.type ?? 'message') {
    case 'message':
      checkMessage(item, path);
      return;
    case 'function_call':
    case 'custom_tool_call': {
      const text = item.type === 'function_call' ? 'arguments' : 'input';
      for (const field of ['call_id', 'name', text])
        if (typeof item[field] !== 'string') throw missing(`${path}.${field}`);
      return;
    }
    case 'function_call_output':
    case 'custom_tool_call_output':
      if (typeof item.call_id !== 'string') throw missing(`${path}.call_id`);
      checkContent(item.output, `${path}.output`, INPUT_PARTS);
      return;
    case 'reasoning':
      checkReasoning(item, path, rest);
      return;
    case 'item_reference':
      throw new Refusal(404, `Item with id '${String(item.id)}' not found.`, { param: 'input' });
    case 'additional_tools':
      checkToolList(objectsOf(item.tools), `${path}.tools`);
      return;
    default:
      if (!OTHER_ITEMS.has(String(item.type)))
        throw badRequest(`Invalid value: '${String(item.type)}'.`, path, 'invalid_value');
  }
}

function checkMessage({ role, content }: JsonObject, path: string): void {
  if (!['user', 'assistant', 'system', 'developer'].includes(String(role)))
    throw badRequest(`Invalid value: '${String(role)}'.`, `${path}.role`, 'invalid_value');
  checkContent(content, `${path}.content`, role === 'assistant' ? OUTPUT_PARTS : INPUT_PARTS);
}

function checkContent(content: unknown, path: string, parts: Record<string, string>): void {
  if (typeof content === 'string') return;
  if (!Array.isArray(content) || !content.every(isRecord))
    throw badRequest(`Invalid type for '${path}': expected one of a string or array of objects.`, path, 'invalid_type');
  for (const [index, part] of content.entries()) {
    const field = Object.hasOwn(parts, String(part.type)) ? parts[String(part.type)] : undefined;
    if (field === undefined)
      throw badRequest(`Invalid value: '${String(part.type)}'.`, `${path}[${index}]`, 'invalid_value');
    if (typeof part[field] !== 'string') throw missing(`${path}[${index}].${field}`);
  }
}

function checkReasoning(item: JsonObject, path: string, rest: JsonObject[]): void {
  if (!Array.isArray(item.summary)) throw missing(`${path}.summary`);
  if (!isOwnEncrypted(item.encrypted_content))
    throw badRequest('The encrypted content for item could not be verified.', null, 'invalid_encrypted_content');
  const next = rest.find(({ type }) => type !== 'reasoning');
  const isOwn = next?.role === 'assistant' || next?.type === 'function_call' || next?.type === 'custom_tool_call';
  if (!isOwn) throw badRequest("Item of type 'reasoning' was provided without its required following item.", 'input');
}

/** Every call has an output, and every output a call before it. */
function checkPairs(input: JsonObject[]): void {
  const isCall = ({ type }: JsonObject): boolean => type === 'function_call' || type === 'custom_tool_call';
  const isOutput = ({ type }: JsonObject): boolean => String(type).endsWith('_output');
  const calls = new Set<unknown>();
  for (const item of input) {
    if (isCall(item)) calls.add(item.call_id);
    if (isOutput(item) && !calls.has(item.call_id))
      throw badRequest(`No tool call found for function call output with call_id ${String(item.call_id)}.`, 'input');
  }
  const outputs = new Set(input.filter(isOutput).map((item) => item.call_id));
  const open = input.filter(isCall).find((item) => !outputs.has(item.call_id));
  if (open) throw badRequest(`No tool output found for function call ${String(open.call_id)}.`, 'input');
}
