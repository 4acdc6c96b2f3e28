import { isRecord } from '#primitives';

type Fields = Record<string, unknown>;

/** A conversation in the form of the Responses API. */
interface Input {
  /** The text of the system messages at the beginning. */
  readonly instructions: string | undefined;
  readonly items: Fields[];
}

const ENCRYPTED = 'reasoning.encrypted';

interface InputOptions {
  /** System messages at the beginning become items as well, as JSON mode needs: the word JSON counts in the input only. */
  readonly keepsSystem: boolean;
  /** The encrypted reasoning of earlier turns is sent back. */
  readonly keepsReasoning: boolean;
}

/** The messages of a chat request as input items. Ids of items are left out: they belong to one response and one account. */
export function toInput(messages: readonly unknown[], { keepsSystem, keepsReasoning }: InputOptions): Input {
  const turns = messages.filter(isRecord);
  const customCalls = new Set(
    turns.flatMap(({ tool_calls: calls }) => listOf(calls).filter(isCustom)).map(({ id }) => id),
  );
  const firstTurn = turns.findIndex((message) => !isSystem(message));
  // An input must not be empty.
  const leading = keepsSystem || firstTurn < 0 ? 0 : firstTurn;
  const instructions = turns
    .slice(0, leading)
    .map(({ content }) => textOf(content))
    .filter((text) => text !== '');
  return {
    instructions: instructions.length > 0 ? instructions.join('\n\n') : undefined,
    items: turns.slice(leading).flatMap((message) => toItems(message, { customCalls, keepsReasoning })),
  };
}

function isSystem({ role }: Fields): boolean {
  return role === 'system' || role === 'developer';
}

interface ItemContext {
  /** Ids of calls of custom tools. */
  readonly customCalls: ReadonlySet<unknown>;
  readonly keepsReasoning: boolean;
}

function toItems(message: Fields, { customCalls, keepsReasoning }: ItemContext): Fields[] {
  const { role, content, tool_call_id: id } = message;
  if (role === 'assistant') return toAssistantItems(message, keepsReasoning);
  if (role === 'tool') {
    const type = customCalls.has(id) ? 'custom_tool_call_output' : 'function_call_output';
    return [{ type, call_id: id, output: toOutput(content) }];
  }
  if (isSystem(message)) return [{ role: 'developer', content: textOf(content) }];
  return [{ role: 'user', content: toContent(content) }];
}

function toAssistantItems(message: Fields, keepsReasoning: boolean): Fields[] {
  const { content, refusal, tool_calls: calls } = message;
  const items: Fields[] = [];
  const text = textOf(content);
  const parts: Fields[] = text === '' ? [] : [{ type: 'output_text', text }];
  if (typeof refusal === 'string' && refusal !== '') parts.push({ type: 'refusal', refusal });
  if (parts.length > 0) items.push({ role: 'assistant', content: parts });
  items.push(...listOf(calls).map(toCall));
  // Reasoning is rejected without the item that follows it.
  return items.length > 0 && keepsReasoning ? [...toReasoning(message), ...items] : items;
}

/** Reasoning that an earlier response encrypted, as items or in the form in which the chat format carries it. */
function toReasoning({ responses_items: items, reasoning_details: details }: Fields): Fields[] {
  const own = listOf(items).map(({ id: _id, status: _status, ...item }) => item);
  if (own.length > 0) return own;
  return listOf(details)
    .filter(({ type, data }) => type === ENCRYPTED && typeof data === 'string')
    .map(({ data }) => ({ type: 'reasoning', summary: [], encrypted_content: data }));
}

/** The part of a chat message that carries encrypted reasoning. */
export function toEncryptedDetail(data: string): Fields {
  return { type: ENCRYPTED, data };
}

function toCall({ id, function: called, custom }: Fields): Fields {
  if (isRecord(custom))
    return { type: 'custom_tool_call', call_id: id, name: custom.name, input: asText(custom.input) };
  const { name, arguments: text } = isRecord(called) ? called : {};
  return { type: 'function_call', call_id: id, name, arguments: asText(text) || '{}' };
}

function isCustom({ custom }: Fields): boolean {
  return isRecord(custom);
}

function listOf(value: unknown): Fields[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

function toOutput(content: unknown): string | Fields[] {
  if (!Array.isArray(content)) return asText(content);
  const parts = toParts(content);
  return parts.every(({ type }) => type === 'input_text') ? textOf(content) : parts;
}

function toContent(content: unknown): string | Fields[] {
  return Array.isArray(content) ? toParts(content) : asText(content);
}

function toParts(content: readonly unknown[]): Fields[] {
  return content.filter(isRecord).map((part) => {
    const { type, text, image_url: image, input_audio: audio, file } = part;
    switch (type) {
      case 'text':
        return { type: 'input_text', text };
      case 'image_url': {
        const { url, detail } = isRecord(image) ? image : { url: image };
        return { type: 'input_image', image_url: url, detail: detail ?? 'auto' };
      }
      case 'input_audio':
        return { type: 'input_audio', input_audio: audio };
      case 'file':
        return { type: 'input_file', ...(isRecord(file) && file) };
      default:
        return part;
    }
  });
}

function textOf(content: unknown): string {
  if (!Array.isArray(content)) return asText(content);
  return content
    .filter(isRecord)
    .map(({ text }) => asText(text))
    .join('');
}

function asText(value: unknown): string {
  if (typeof value === 'string') return value;
  return value === undefined || value === null ? '' : JSON.stringify(value);
}
