import type { OpenAiContentPart, OpenAiMessage, OpenAiToolCall, OpenedReasoning, UnreadablePart } from '#contracts';
import { toImageUrl } from '#contracts';
import { fromParts } from '#dialects';
import { UnsupportedError } from '#errors';
import { isRecord, textOfBase64 } from '#primitives';
import { toolOfCall, toolOfOutput } from './built-in-tools.js';
import type { Item } from './responses-request.js';
import type { ToolSet } from './tools.js';

const NO_RESULT = '(no result was given)';
const SEE_BELOW = '[see the image below]';
/** Without it the model would not know that anything came before. */
const UNREADABLE_SUMMARY = '[The summary of the conversation so far cannot be read: another server made it.]';

/** Reads the reasoning of an `encrypted_content` that was made here; undefined for others. */
export type OpenEncrypted = (content: string) => OpenedReasoning | undefined;

interface Output {
  readonly text: string;
  readonly media: readonly OpenAiContentPart[];
}

/**
 * Input items as chat messages. Consecutive items of the assistant (text, calls, reasoning) form one message; outputs
 * follow their calls in the order of the calls; messages that stand between are moved behind the outputs.
 */
export class Conversation {
  /** What was left out, once for each part. */
  readonly unreadable: UnreadablePart[] = [];
  private readonly messages: OpenAiMessage[] = [];
  private system = '';
  private hasTurns = false;
  /** The assistant's message under way and what answers its calls. */
  private assistant: OpenAiMessage | undefined;
  private readonly callIds = new Set<string>();
  private outputs = new Map<string, Output>();
  private deferred: OpenAiContentPart[][] = [];
  private reasoning: string[] = [];
  private sealed: NonNullable<OpenAiMessage['sealed_reasoning']> = [];

  constructor(
    private readonly tools: ToolSet,
    private readonly openEncrypted: OpenEncrypted,
  ) {}

  addSystem(text: string): void {
    if (text !== '') this.system = this.system === '' ? text : `${this.system}\n\n${text}`;
  }

  /** @throws BadRequestError for content that no upstream can be sent */
  add(item: Item, path: string): void {
    const type = item.type ?? (typeof item.role === 'string' ? 'message' : undefined);
    switch (type) {
      case 'message':
        this.addMessage(item, path);
        break;
      case 'function_call':
        this.addCall(item, String(item.name), asText(item.arguments));
        break;
      case 'custom_tool_call':
        this.addCall(item, String(item.name), JSON.stringify({ input: item.input ?? '' }));
        break;
      case 'tool_search_call':
        this.addCall(item, 'tool_search', asText(item.arguments));
        break;
      case 'function_call_output':
      case 'custom_tool_call_output':
        this.addOutput(item, toOutput(item.output, path));
        break;
      case 'tool_search_output':
        this.addOutput(item, { text: 'The tools that were found are now available.', media: [] });
        break;
      case 'reasoning':
        this.addReasoning(item);
        break;
      case 'compaction':
        this.addCompaction(item);
        break;
      case undefined:
      default:
        this.addBuiltIn(item);
        break;
    }
  }

  /** A call of a built-in tool, or its output. Other items are of server tools: the text that follows carries their results. */
  private addBuiltIn(item: Item): void {
    const [name, called] = toolOfCall(item) ?? [];
    if (name !== undefined && called) this.addCall(item, name, JSON.stringify(called.toArguments(item)));
    const answered = toolOfOutput(item);
    // The output of a local shell may have the id of its call as its own (protocol C35).
    if (answered) this.addOutput({ call_id: item.call_id ?? item.id }, { text: answered.toResult(item), media: [] });
  }

  end(): OpenAiMessage[] {
    this.close();
    const system: OpenAiMessage[] = this.system === '' ? [] : [{ role: 'system', content: this.system }];
    if (this.messages.length === 0) return [...system, { role: 'user', content: '' }];
    for (const message of this.messages)
      if (Array.isArray(message.content)) message.content = fromParts(message.content);
    return [...system, ...this.messages];
  }

  private addMessage(item: Item, path: string): void {
    const role = String(item.role);
    const parts = toParts(item.content, path);
    if (role === 'assistant') {
      this.addText(textOf(parts));
      return;
    }
    if (role === 'system' || role === 'developer') {
      const text = textOf(parts);
      if (text === '') return;
      if (!this.hasTurns) this.addSystem(text);
      else this.addUser([{ type: 'text', text: `<system-reminder>\n${text}\n</system-reminder>` }]);
      return;
    }
    this.addUser(parts);
  }

  private addUser(parts: OpenAiContentPart[]): void {
    this.hasTurns = true;
    if (parts.length === 0) return;
    if (this.hasOpenCalls) this.deferred.push(parts);
    else {
      this.close();
      this.pushUser(parts);
    }
  }

  private get hasOpenCalls(): boolean {
    return this.outputs.size < this.callIds.size;
  }

  /** The content of a user's message is a list of parts until `end`. */
  private pushUser(parts: readonly OpenAiContentPart[]): void {
    const last = this.messages.at(-1);
    if (last?.role !== 'user' || !Array.isArray(last.content))
      this.messages.push({ role: 'user', content: [...parts] });
    else for (const part of parts) last.content.push(part);
  }

  private current(): OpenAiMessage {
    this.hasTurns = true;
    // After outputs, an item of the assistant begins its next turn.
    if (this.assistant && this.outputs.size > 0) this.close();
    this.assistant ??= { role: 'assistant', content: null };
    return this.assistant;
  }

  private addText(text: string): void {
    if (text === '') return;
    const message = this.current();
    message.content = typeof message.content === 'string' ? `${message.content}\n\n${text}` : text;
  }

  private addCall({ call_id: callId, namespace }: Item, name: string, text: string): void {
    if (typeof callId !== 'string') return;
    const sent = this.tools.nameOf(name, typeof namespace === 'string' ? namespace : undefined);
    const call: OpenAiToolCall = { id: callId, type: 'function', function: { name: sent, arguments: text || '{}' } };
    const message = this.current();
    (message.tool_calls ??= []).push(call);
    this.callIds.add(callId);
  }

  private addOutput({ call_id: callId }: Item, output: Output): void {
    const id = String(callId);
    if (this.callIds.has(id)) this.outputs.set(id, output);
    // An output whose call is not in the history.
    else this.addUser([{ type: 'text', text: `Result of a tool: ${output.text}` }, ...output.media]);
  }

  private addReasoning({ summary, content, encrypted_content: encrypted }: Item): void {
    const opened = typeof encrypted === 'string' ? this.openEncrypted(encrypted) : undefined;
    const text = opened?.text || textsOf(content) || textsOf(summary);
    if (opened?.sealed) this.sealed.push({ ...opened.sealed, summary: text });
    if (text !== '') this.reasoning.push(text);
    else if (typeof encrypted === 'string' && opened === undefined) this.unreadable.push('reasoning');
  }

  private addCompaction({ encrypted_content: encrypted }: Item): void {
    const summary = typeof encrypted === 'string' ? this.openEncrypted(encrypted)?.text : undefined;
    if (summary === undefined) this.unreadable.push('compaction');
    const text = summary === undefined ? UNREADABLE_SUMMARY : `Summary of the conversation so far:\n${summary}`;
    this.addUser([{ type: 'text', text }]);
  }

  private close(): void {
    const { assistant, outputs, deferred, reasoning, sealed } = this;
    this.assistant = undefined;
    this.callIds.clear();
    this.outputs = new Map();
    this.deferred = [];
    if (assistant) {
      this.reasoning = [];
      this.sealed = [];
      if (sealed.length > 0) assistant.sealed_reasoning = sealed;
      if (reasoning.length > 0) assistant.reasoning_content = reasoning.join('\n\n');
      this.messages.push(assistant);
      const media: OpenAiContentPart[] = [];
      for (const { id } of assistant.tool_calls ?? []) {
        const output = outputs.get(id) ?? { text: NO_RESULT, media: [] };
        const text = output.text === '' && output.media.length > 0 ? SEE_BELOW : output.text;
        this.messages.push({ role: 'tool', tool_call_id: id, content: text });
        media.push(...output.media);
      }
      if (media.length > 0) this.pushUser(media);
    }
    for (const parts of deferred) this.pushUser(parts);
  }
}

function toParts(content: unknown, path: string): OpenAiContentPart[] {
  if (typeof content === 'string') return content === '' ? [] : [{ type: 'text', text: content }];
  if (!Array.isArray(content)) return [];
  return content.filter(isRecord).flatMap((part, index) => toPart(part, `${path}.content[${String(index)}]`));
}

function toPart(part: Item, path: string): OpenAiContentPart[] {
  const { type, text, refusal, image_url: image, file_data: data, file_url: url, filename } = part;
  switch (type) {
    case 'input_text':
    case 'output_text':
    case 'text':
    case 'summary_text':
    case 'reasoning_text':
      return typeof text === 'string' && text !== '' ? [{ type: 'text', text }] : [];
    case 'refusal':
      return typeof refusal === 'string' ? [{ type: 'text', text: refusal }] : [];
    case 'input_image': {
      const source = isRecord(image) ? image.url : image;
      if (typeof source !== 'string')
        throw new UnsupportedError(`${path}: images need an image_url; file ids are unknown here`);
      return [{ type: 'image_url', image_url: { url: source.startsWith('data:') ? toImageUrl(source) : source } }];
    }
    case 'input_file': {
      if (typeof url === 'string') return [{ type: 'text', text: `File: ${url}` }];
      if (typeof data !== 'string')
        throw new UnsupportedError(`${path}: files need file_data; file ids are unknown here`);
      const encoded = /^data:text\/[^,]*;base64,(.*)$/s.exec(data)?.[1];
      if (encoded !== undefined) return [{ type: 'text', text: textOfBase64(encoded) ?? '' }];
      const fileData = data.startsWith('data:') ? data : `data:application/pdf;base64,${data}`;
      return [
        { type: 'file', file: { filename: typeof filename === 'string' ? filename : 'file.pdf', file_data: fileData } },
      ];
    }
    default:
      return [];
  }
}

function toOutput(output: unknown, path: string): Output {
  if (!Array.isArray(output)) return { text: asText(output), media: [] };
  const parts = toParts(output, path);
  return { text: textOf(parts), media: parts.filter(({ type }) => type !== 'text') };
}

function textOf(parts: readonly OpenAiContentPart[]): string {
  return parts.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n');
}

function textsOf(parts: unknown): string {
  if (!Array.isArray(parts)) return '';
  return parts
    .flatMap((part: unknown) => (isRecord(part) && typeof part.text === 'string' ? [part.text] : []))
    .join('\n\n');
}

function asText(value: unknown): string {
  if (typeof value === 'string') return value;
  return value === undefined || value === null ? '' : JSON.stringify(value);
}
