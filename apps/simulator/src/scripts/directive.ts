import { isRecord } from '#primitives';
import { badRequest } from '../http/refusal.js';
import { stringOf } from '../json.js';
import type { JsonObject } from '../json.js';
import { isScriptField } from './script.js';
import type { Script } from './script.js';

interface Directed {
  script: Script;
  /** The request without the directive line. */
  body: JsonObject;
}

/** Takes a first line `@sim {json}` out of the last user text, the prompt or the first embedding input. */
export function takeDirective(body: JsonObject): Directed {
  if (Array.isArray(body.messages)) return fromMessages(body, 'messages', body.messages);
  // Items of the Responses API; the inputs of embeddings are texts.
  if (Array.isArray(body.input) && body.input.some(isRecord)) return fromMessages(body, 'input', body.input);
  for (const field of ['prompt', 'input']) {
    const value = body[field];
    const texts: unknown[] = Array.isArray(value) ? (value as unknown[]) : [value];
    const found = split(stringOf(texts[0]));
    if (!found) continue;
    return {
      script: found.script,
      body: { ...body, [field]: Array.isArray(value) ? texts.with(0, found.text) : found.text },
    };
  }
  return { script: {}, body };
}

function fromMessages(body: JsonObject, field: 'messages' | 'input', messages: unknown[]): Directed {
  const index = messages.findLastIndex((message) => isRecord(message) && message.role === 'user');
  const message: unknown = messages[index];
  if (!isRecord(message)) return { script: {}, body };
  const found = fromContent(message.content);
  if (!found) return { script: {}, body };
  return {
    script: found.script,
    body: { ...body, [field]: messages.with(index, { ...message, content: found.content }) },
  };
}

function fromContent(content: unknown): { script: Script; content: unknown } | undefined {
  if (!Array.isArray(content)) {
    const found = split(stringOf(content));
    return found && { script: found.script, content: found.text };
  }
  const index = content.findIndex((part) => isRecord(part) && (part.type === 'text' || part.type === 'input_text'));
  const part: unknown = content[index];
  if (!isRecord(part)) return undefined;
  const found = split(stringOf(part.text));
  return found && { script: found.script, content: content.with(index, { ...part, text: found.text }) };
}

function split(text: string | undefined): { script: Script; text: string } | undefined {
  const match = text?.match(/^@sim +(\{.*\})[ \r]*(?:\n|$)/);
  if (!text || !match) return undefined;
  return { script: parseScript(match[1] ?? ''), text: text.slice(match[0].length) };
}

function parseScript(json: string): Script {
  let script: unknown;
  try {
    script = JSON.parse(json);
  } catch {
    throw badRequest('The @sim line is not valid JSON.');
  }
  if (!isRecord(script)) throw badRequest('The @sim line must hold a JSON object.');
  const unknown = Object.keys(script).find((name) => !isScriptField(name));
  if (unknown !== undefined) throw badRequest(`The @sim line has an unknown field: ${unknown}.`);
  return script;
}
