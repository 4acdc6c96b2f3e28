import type { OpenAiMessage, OpenAiResponseFormat } from '#contracts';
import { isRecord } from '#primitives';
import type { UpstreamProfile } from './adaptation.js';
import { findAdaptation } from './adaptation.js';

interface Formatted {
  readonly format: unknown;
  readonly messages: OpenAiMessage[] | undefined;
}

/**
 * Structured output in the form that the upstream supports (protocol D32). A schema that it cannot enforce is put into the
 * prompt; it is never dropped.
 */
export function shapeFormat(
  format: unknown,
  messages: OpenAiMessage[] | undefined,
  profile: UpstreamProfile,
  hasTools: boolean,
): Formatted {
  if (format === undefined) return { format, messages };
  const wanted = format as OpenAiResponseFormat;
  if (hasTools && findAdaptation(profile, 'format-beside-tools')) return inPrompt(wanted, messages);
  return wanted.type === 'json_schema' ? shapeSchema(wanted, messages, profile) : shapeJson(wanted, messages, profile);
}

function shapeJson(format: unknown, messages: OpenAiMessage[] | undefined, profile: UpstreamProfile): Formatted {
  const by = findAdaptation(profile, 'json')?.by ?? profile.dialect.json;
  if (by === 'schema') return { format: asSchema({ type: 'object' }), messages };
  const wantsWord =
    by === 'prompt' || profile.dialect.jsonWord === true || findAdaptation(profile, 'json-word') !== undefined;
  const instructed = wantsWord && !mentionsJson(messages) ? instruct(messages, 'Answer with JSON only.') : messages;
  return { format: by === 'prompt' ? undefined : format, messages: instructed };
}

function shapeSchema(
  format: Extract<OpenAiResponseFormat, { type: 'json_schema' }>,
  messages: OpenAiMessage[] | undefined,
  profile: UpstreamProfile,
): Formatted {
  const { schema } = format.json_schema;
  const learned = findAdaptation(profile, 'schema')?.by;
  if (learned === 'strict') return { format: asSchema(toStrict(schema), true), messages };
  if (learned === undefined && profile.dialect.schema !== 'prompt') return { format, messages };
  const { messages: instructed } = inPrompt(format, messages);
  // JSON mode can only produce objects.
  const isInPromptAlone = learned === 'prompt' || !allowsObject(schema);
  return { format: isInPromptAlone ? undefined : { type: 'json_object' }, messages: instructed };
}

/** The format as an instruction alone. */
function inPrompt(format: OpenAiResponseFormat, messages: OpenAiMessage[] | undefined): Formatted {
  const text =
    format.type === 'json_schema'
      ? `Answer with JSON only, which fits this JSON schema: ${JSON.stringify(format.json_schema.schema)}`
      : 'Answer with JSON only.';
  return { format: undefined, messages: instruct(messages, text) };
}

function allowsObject({ type }: Record<string, unknown>): boolean {
  return type === undefined || type === 'object' || (Array.isArray(type) && type.includes('object'));
}

function asSchema(schema: Record<string, unknown>, strict?: boolean): unknown {
  return { type: 'json_schema', json_schema: { name: 'response', schema, ...(strict && { strict }) } };
}

/** Closes every object and makes every property required, as strict mode demands. */
function toStrict(schema: Record<string, unknown>): Record<string, unknown> {
  const inner = Object.fromEntries(
    Object.entries(schema).map(([key, value]) => [key, isRecord(value) ? toStrict(value) : value]),
  );
  if (schema.type !== 'object') return inner;
  const properties = isRecord(inner.properties) ? Object.keys(inner.properties) : [];
  return { ...inner, additionalProperties: false, required: properties };
}

function mentionsJson(messages: OpenAiMessage[] = []): boolean {
  return messages.some(({ content }) => typeof content === 'string' && /json/i.test(content));
}

/** Adds a text to the system prompt. */
function instruct(messages: OpenAiMessage[] | undefined, text: string): OpenAiMessage[] | undefined {
  if (!messages) return undefined;
  const [first, ...rest] = messages;
  if (first?.role === 'system' && typeof first.content === 'string') {
    return [{ ...first, content: `${first.content}\n\n${text}` }, ...rest];
  }
  return [{ role: 'system', content: text }, ...messages];
}
