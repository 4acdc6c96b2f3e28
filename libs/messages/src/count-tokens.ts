import { isRecord, tokensOfLength } from '#primitives';
import type { Block, MessagesRequest } from './messages-request.js';

/** An image of the largest size that models look at. */
const TOKENS_PER_IMAGE = 1600;
/** Of a PDF: a page is some 50 KB and 1,500 tokens. */
const BASE64_PER_DOCUMENT_TOKEN = 45;

/** An estimate of the prompt's tokens from all its text: system, every block, tools with descriptions and schemas. */
export function estimateInputTokens({ system, messages, tools }: MessagesRequest): number {
  const counter = new Counter();
  for (const block of system) counter.add(block);
  for (const { role, blocks } of messages) {
    counter.characters += role.length;
    for (const block of blocks) counter.add(block);
  }
  for (const { name, description, input_schema: schema } of tools) {
    counter.add(name);
    counter.add(description);
    if (schema !== undefined) counter.characters += JSON.stringify(schema).length;
  }
  return Math.max(1, tokensOfLength(counter.characters) + counter.tokens);
}

class Counter {
  characters = 0;
  tokens = 0;

  add(value: unknown): void {
    if (typeof value === 'string') this.characters += value.length;
    else if (Array.isArray(value)) for (const each of value) this.add(each);
    else if (isRecord(value)) this.addBlock(value);
  }

  private addBlock(block: Block): void {
    const { type, source } = block;
    if (type === 'image') this.tokens += TOKENS_PER_IMAGE;
    else if (type === 'document' && isRecord(source) && typeof source.data === 'string' && source.type === 'base64')
      this.tokens += Math.ceil(source.data.length / BASE64_PER_DOCUMENT_TOKEN);
    else if (type === 'tool_use')
      this.characters += JSON.stringify(block.input ?? {}).length + String(block.name).length;
    else for (const key of ['text', 'thinking', 'content', 'source', 'data', 'title', 'context']) this.add(block[key]);
  }
}
