import { isRecord } from '#primitives';
import { badRequest } from '../http/refusal.js';
import type { Refusal } from '../http/refusal.js';
import { objectsOf } from '../json.js';
import type { JsonObject } from '../json.js';
import type { Rule } from './dialect.js';

const TOOL_FIELDS = ['type', 'function'];
const FUNCTION_FIELDS = ['name', 'description', 'parameters', 'strict'];

/** Each declared function has a proper name and an object schema, and nothing else. */
export const toolsWellFormed: Rule = ({ tools }) => {
  if (tools === undefined) return undefined;
  if (!Array.isArray(tools)) return badRequest("Invalid type for 'tools': expected an array.", 'tools', 'invalid_type');
  for (const [index, tool] of tools.entries()) {
    const problem = checkTool(tool, `tools[${index}]`);
    if (problem) return problem;
  }
  return undefined;
};

/** A forced function must be among the declared ones. */
export const toolChoiceKnown: Rule = (body) => {
  const choice = body.tool_choice;
  if (!isRecord(choice)) return undefined;
  const name = isRecord(choice.function) ? choice.function.name : undefined;
  const tools: unknown[] = Array.isArray(body.tools) ? body.tools : [];
  const known = tools.some((tool) => isRecord(tool) && isRecord(tool.function) && tool.function.name === name);
  return known ? undefined : badRequest(`Tool choice '${String(name)}' not found in 'tools' parameter.`, 'tool_choice');
};

function checkTool(tool: unknown, place: string): Refusal | undefined {
  const spec = isRecord(tool) ? tool.function : undefined;
  if (!isRecord(tool) || tool.type !== 'function' || !isRecord(spec)) {
    return badRequest(`Missing required parameter: '${place}.function'.`, place, 'missing_required_parameter');
  }
  const extra =
    Object.keys(tool).find((field) => !TOOL_FIELDS.includes(field)) ??
    Object.keys(spec).find((field) => !FUNCTION_FIELDS.includes(field));
  const name = `${place}.${extra}`;
  if (extra !== undefined) return badRequest(`Unknown parameter: '${name}'.`, name, 'unknown_parameter');
  return checkFunction(spec, `${place}.function`);
}

function checkFunction({ name, parameters }: JsonObject, place: string): Refusal | undefined {
  if (typeof name !== 'string' || !/^[a-zA-Z0-9_-]{1,64}$/.test(name)) {
    return badRequest(
      `Invalid '${place}.name': string does not match pattern. Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'.`,
      `${place}.name`,
      'invalid_value',
    );
  }
  if (parameters === undefined || (isRecord(parameters) && parameters.type === 'object')) return undefined;
  return badRequest(
    `Invalid schema for function '${name}': schema must be a JSON Schema of 'type: "object"'.`,
    `${place}.parameters`,
    'invalid_function_parameters',
  );
}

/** Names as Anthropic takes them, each once. */
export const toolNamesPlain: Rule = ({ tools }) => {
  const names = functionsOf(tools).map(({ name }) => String(name));
  const odd = names.findIndex((name) => !/^[a-zA-Z0-9_-]{1,64}$/.test(name));
  if (odd >= 0) return badRequest(`tools.${odd}.custom.name: String should match pattern '^[a-zA-Z0-9_-]{1,64}$'`);
  return new Set(names).size === names.length ? undefined : badRequest('tools: Tool names must be unique.');
};

/** A schema is an object's, and no union. */
export const noUnionAtTop: Rule = ({ tools }) => {
  for (const [index, { parameters }] of functionsOf(tools).entries()) {
    const place = `tools.${index}.custom.input_schema`;
    if (!isRecord(parameters) || parameters.type !== 'object') return badRequest(`${place}.type: Field required`);
    if (['oneOf', 'allOf', 'anyOf'].some((union) => union in parameters)) {
      return badRequest(`${place}: input_schema does not support oneOf, allOf, or anyOf at the top level`);
    }
  }
  return undefined;
};

function functionsOf(tools: unknown): JsonObject[] {
  return objectsOf(tools).map(({ function: spec }) => (isRecord(spec) ? spec : {}));
}
