import { isRecord } from '#primitives';
import { badRequest } from '../http/refusal.js';
import { objectsOf } from '../json.js';
import type { JsonObject } from '../json.js';
import { contentText } from '../chat/content.js';
import type { Rule } from './dialect.js';

/** A response format type that this upstream does not have. */
export function noFormat(type: string, message: string): Rule {
  return (body) => (formatType(body) === type ? badRequest(message, 'response_format') : undefined);
}

/** JSON mode works only when the conversation mentions JSON. */
export const jsonWordNeeded: Rule = (body) => {
  if (formatType(body) !== 'json_object') return undefined;
  const texts = objectsOf(body.messages).map((message) => contentText(message.content));
  return texts.some((text) => /json/i.test(text))
    ? undefined
    : badRequest(
        "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'.",
        'messages',
      );
};

/** A JSON schema needs a name, and in strict mode closed objects that require everything. */
export const schemaComplete: Rule = (body) => {
  if (formatType(body) !== 'json_schema') return undefined;
  const { json_schema: format } = body.response_format as JsonObject;
  if (!isRecord(format) || typeof format.name !== 'string') {
    return badRequest(
      "Missing required parameter: 'response_format.json_schema.name'.",
      'response_format.json_schema.name',
      'missing_required_parameter',
    );
  }
  const problem = format.strict === true ? strictProblem(format.schema, []) : undefined;
  return problem === undefined
    ? undefined
    : badRequest(`Invalid schema for response_format '${format.name}': ${problem}`, 'response_format');
};

function formatType(body: JsonObject): unknown {
  return isRecord(body.response_format) ? body.response_format.type : undefined;
}

/** What keeps a schema from being strict, in OpenAI's words. */
function strictProblem(schema: unknown, path: string[]): string | undefined {
  if (!isRecord(schema)) return undefined;
  const place = `In context=(${path.map((step) => `'${step}'`).join(', ')})`;
  const properties = isRecord(schema.properties) ? schema.properties : {};
  if (schema.type === 'object') {
    if (schema.additionalProperties !== false) {
      return `${place}, 'additionalProperties' is required to be supplied and to be false.`;
    }
    const required = Array.isArray(schema.required) ? schema.required : [];
    const missing = Object.keys(properties).find((name) => !required.includes(name));
    if (missing !== undefined)
      return `${place}, 'required' must include every key in properties. Missing '${missing}'.`;
  }
  const children = [...Object.entries(properties), ['items', schema.items] as const];
  for (const [name, child] of children) {
    const problem = strictProblem(child, [...path, name]);
    if (problem !== undefined) return problem;
  }
  return undefined;
}
