import { isRecord } from '#primitives';
import { PromptValues } from '../prompt/prompt-values.js';
import { sampleSchema } from '../schema/sample-schema.js';
import type { Script } from '../scripts/script.js';
import { between } from '../text/random.js';
import type { Random } from '../text/random.js';
import { tokenize } from '../text/tokens.js';
import type { Language } from '../text/word-salad.js';
import { hugePieces, salad, tokensOfLength, withNotice } from '../text/word-salad.js';
import type { ChatRequest } from './chat-request.js';
import { contentText } from './content.js';
import type { JsonObject } from '../json.js';

const ECHO_LIMIT = 4000;

interface TextContext {
  readonly script: Script;
  readonly language: Language;
}

interface JsonContext {
  readonly schema: unknown;
  readonly language: Language;
}

/** The tokens of an answer in words, or in JSON when the request wants that. */
export function makeText(request: ChatRequest, { script, language }: TextContext, random: Random): string[] {
  if (script.text !== undefined) return tokenize(script.text);
  if (script.hugeBytes !== undefined) return hugePieces(script.hugeBytes, random, language);
  if (request.format.type === 'json')
    return tokenize(makeJson(request, { schema: request.format.schema, language }, random));
  const parser = findParserSchema(request);
  if (parser) return tokenize(['```json', makeJson(request, { schema: parser, language }, random), '```'].join('\n'));
  const opening = withNotice(makeOpening(request), language);
  if (script.tokens !== undefined) return tokensOfLength(opening, script.tokens, random, language);
  return tokenize(`${opening} ${salad(between(2, 5, random), random, language)}`);
}

/** What the answer to this conversation begins with, so that tests can recognise it. */
function makeOpening({ messages, lastUserText, images, toolResults }: ChatRequest): string {
  return [
    `I read ${count(messages.length, 'message')} 🙂.`,
    ...(images.length > 0 ? [`I see ${count(images.length, 'image')} (${images.join(', ')}).`] : []),
    ...toolResults.map(({ name, text }) => `The tool ${name ?? 'without a name'} says: "${echo(text)}".`),
    ...(toolResults.length === 0 ? [`You said: "${echo(lastUserText)}".`] : []),
  ].join(' ');
}

function makeJson(request: ChatRequest, { schema, language }: JsonContext, random: Random): string {
  const { messages, lastUserText, toolResults, userWords } = request;
  if (schema !== undefined) {
    const results = toolResults.map(({ text }) => text);
    const text = userWords.replaceAll(FENCED, ' ');
    return JSON.stringify(
      sampleSchema(schema, random, new PromptValues({ text, results, tool: undefined, folder: undefined })),
    );
  }
  return JSON.stringify({ messages: messages.length, said: echo(lastUserText), note: salad(1, random, language) });
}

const FENCED = /```(?:json)?\s*\n([\s\S]*?)```/g;

/** The schema in the format instructions of an output parser, as LangChain's and n8n's write them; the last one. */
function findParserSchema({ messages }: ChatRequest): JsonObject | undefined {
  for (const { content } of messages.toReversed()) {
    const text = contentText(content);
    if (!/json schema/i.test(text)) continue;
    const schema = [...text.matchAll(FENCED)].map((match) => parseSchema(match[1] ?? '')).findLast(Boolean);
    if (schema) return schema;
  }
  return undefined;
}

function parseSchema(json: string): JsonObject | undefined {
  try {
    const schema: unknown = JSON.parse(json);
    return isRecord(schema) && ('properties' in schema || 'items' in schema) ? schema : undefined;
  } catch {
    return undefined;
  }
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

function echo(text: string): string {
  return text.length <= ECHO_LIMIT ? text : `${Array.from(text).slice(0, ECHO_LIMIT).join('')}…`;
}
