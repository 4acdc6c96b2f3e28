import { isRecord, PromptCounter } from '#primitives';
import type { Block, MessagesRequest } from './messages-request.js';

/** Fields of blocks whose text the model reads. */
const READ_FIELDS = ['text', 'thinking', 'content', 'source', 'data', 'title', 'context'];

/** An estimate of the prompt's tokens from all its text: system, every block, tools with descriptions and schemas. */
export function estimateInputTokens({ system, messages, tools }: MessagesRequest): number {
  const counter = new BlockCounter();
  counter.add(system);
  for (const { role, blocks } of messages) {
    counter.add(role);
    counter.add(blocks);
  }
  for (const { name, description, input_schema: schema } of tools) {
    counter.add(name);
    counter.add(description);
    if (isRecord(schema)) counter.addJson(schema);
  }
  return counter.total;
}

class BlockCounter extends PromptCounter {
  protected addObject(block: Block): void {
    const { type, source } = block;
    if (type === 'image') this.addImage();
    else if (type === 'document' && isRecord(source) && typeof source.data === 'string' && source.type === 'base64')
      this.addFile(source.data);
    else if (type === 'tool_use') {
      if (isRecord(block.input)) this.addJson(block.input);
      this.add(block.name);
    } else for (const field of READ_FIELDS) this.add(block[field]);
  }
}
