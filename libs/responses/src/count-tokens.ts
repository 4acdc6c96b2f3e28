import { PromptCounter } from '#primitives';
import type { Item, ResponsesRequest } from './responses-request.js';

/** Fields of items and parts whose text the model reads. */
const READ_FIELDS = ['role', 'name', 'content', 'summary', 'text', 'refusal', 'arguments', 'input', 'output', 'action'];

/** An estimate of the prompt's tokens from all its text: instructions, items, tools with descriptions and schemas. */
export function estimateInputTokens({ instructions, input, tools, format }: ResponsesRequest): number {
  const counter = new ItemCounter();
  counter.add(instructions);
  counter.add(input);
  if (tools.length > 0) counter.addJson(tools);
  if (format) counter.addJson(format);
  return counter.total;
}

class ItemCounter extends PromptCounter {
  protected addObject(item: Item): void {
    const { type, file_data: data, encrypted_content: encrypted, tools } = item;
    if (type === 'input_image') this.addImage();
    else if (typeof data === 'string') this.addFile(data);
    else if (isPlain(item)) this.addJson(item);
    else for (const field of READ_FIELDS) this.add(item[field]);
    if (typeof encrypted === 'string') this.add(encrypted);
    if (Array.isArray(tools)) this.addJson(tools);
  }
}

/** Values inside of an item, such as the arguments of a search or the commands of a shell. */
function isPlain(item: Item): boolean {
  return item.type === undefined && item.role === undefined && item.id === undefined;
}
