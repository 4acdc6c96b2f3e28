import { isRecord, tokensOfLength } from '#primitives';
import type { Item, ResponsesRequest } from './responses-request.js';

/** An image of the largest size that models look at. */
const TOKENS_PER_IMAGE = 1600;
/** Of a PDF: a page is some 50 KB and 1,500 tokens. */
const BASE64_PER_FILE_TOKEN = 45;

/** Fields of items and parts whose text the model reads. */
const READ_FIELDS = ['role', 'name', 'content', 'summary', 'text', 'refusal', 'arguments', 'input', 'output', 'action'];

/** An estimate of the prompt's tokens from all its text: instructions, items, tools with descriptions and schemas. */
export function estimateInputTokens({ instructions, input, tools, format }: ResponsesRequest): number {
  const counter = new Counter();
  counter.add(instructions);
  counter.add(input);
  if (tools.length > 0) counter.characters += JSON.stringify(tools).length;
  if (format) counter.characters += JSON.stringify(format).length;
  return Math.max(1, tokensOfLength(counter.characters) + counter.tokens);
}

class Counter {
  characters = 0;
  tokens = 0;

  add(value: unknown): void {
    if (typeof value === 'string') this.characters += value.length;
    else if (Array.isArray(value)) for (const each of value) this.add(each);
    else if (isRecord(value)) this.addItem(value);
  }

  private addItem(item: Item): void {
    const { type, file_data: data, encrypted_content: encrypted, tools } = item;
    if (type === 'input_image') this.tokens += TOKENS_PER_IMAGE;
    else if (typeof data === 'string') this.tokens += Math.ceil(data.length / BASE64_PER_FILE_TOKEN);
    else if (isPlain(item)) this.characters += JSON.stringify(item).length;
    else for (const field of READ_FIELDS) this.add(item[field]);
    if (typeof encrypted === 'string') this.characters += encrypted.length;
    if (Array.isArray(tools)) this.characters += JSON.stringify(tools).length;
  }
}

/** Values inside of an item, such as the arguments of a search or the commands of a shell. */
function isPlain(item: Item): boolean {
  return item.type === undefined && item.role === undefined && item.id === undefined;
}
