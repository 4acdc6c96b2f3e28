import type {
  OllamaMessage,
  OllamaTool,
  OllamaToolCall,
  OpenAiContentPart,
  OpenAiMessage,
  OpenAiToolCall,
} from '#contracts';
import { toMediaPart } from './media.js';
import type { OpenCall } from './open-calls.js';
import { OpenCalls } from './open-calls.js';

/** The result of a call that the client sent none for. */
const NO_RESULT = '(no result)';

/** A tool call that an agent wrote as text, one per line (protocol C12). */
const CALL_AS_TEXT = /^Calling (\S.*?) with input: (\{.*\})$/;

const KNOWN_ROLES = new Set(['system', 'user', 'assistant', 'tool']);

/** A tool call parsed from text. */
interface TextCall {
  readonly name: string;
  readonly arguments: string;
}

/**
 * Converts an Ollama conversation into one that a strict OpenAI upstream accepts: every tool result belongs to a call, and
 * every call has a unique id and a result. Ollama clients omit ids, names, calls or results (protocol C10).
 */
export function toOpenAiMessages(messages: readonly OllamaMessage[], tools: readonly OllamaTool[]): OpenAiMessage[] {
  const conversation = new Conversation(tools.flatMap((tool) => tool.function.name || []));
  for (const message of messages) conversation.add(message);
  return conversation.end();
}

class Conversation {
  private readonly messages: OpenAiMessage[] = [];
  private readonly usedIds = new Set<string>();
  private nextNumber = 0;
  private open: OpenCalls | undefined;
  /** The last message that is not a tool result, and the tool calls in its text. */
  private speaker: OpenAiMessage | undefined;
  private textCalls: readonly TextCall[] | undefined;
  /** Upstreams accept images in user messages only: those of other messages are added in a user message after them. */
  private media: OpenAiContentPart[] = [];

  constructor(private readonly toolNames: readonly string[]) {}

  add(message: OllamaMessage): void {
    if (message.role === 'tool') {
      this.addResult(message);
      return;
    }
    this.closeCalls();
    this.speak(this.toMessage(message));
  }

  end(): OpenAiMessage[] {
    this.closeCalls();
    return this.messages;
  }

  private speak(message: OpenAiMessage): void {
    this.messages.push(message);
    this.speaker = message;
    this.textCalls = undefined;
  }

  private toMessage({ role, content, images = [], tool_calls, thinking }: OllamaMessage): OpenAiMessage {
    const sender = KNOWN_ROLES.has(role) ? role : 'user';
    if (sender === 'user') return { role: sender, content: toContent(content, images) };
    this.media.push(...images.map(toMediaPart));
    if (sender !== 'assistant' || !tool_calls) return { role: sender, content };
    return {
      role: sender,
      content: content || null,
      tool_calls: tool_calls.map((call) => this.openCall(call)),
      ...(thinking && { reasoning_content: thinking }),
    };
  }

  private openCall(call: OllamaToolCall): OpenAiToolCall {
    const id = this.newId(call.id);
    const name = call.function.name || this.likelyName;
    (this.open ??= new OpenCalls()).add({ id, clientId: call.id, name });
    return { id, type: 'function', function: { name, arguments: JSON.stringify(call.function.arguments) } };
  }

  private addResult(message: OllamaMessage): void {
    const call = this.open?.take(message.tool_call_id, message.tool_name) ?? this.inventCall(message);
    this.messages.push({ role: 'tool', tool_call_id: call.id, content: message.content });
    this.media.push(...(message.images ?? []).map(toMediaPart));
  }

  /** Adds a call for a result without one to the assistant message before it. */
  private inventCall(message: OllamaMessage): OpenCall {
    let assistant = this.speaker;
    if (assistant?.role !== 'assistant') {
      assistant = { role: 'assistant', content: null };
      this.speak(assistant);
    }
    this.textCalls ??= callsIn(assistant.content);
    const calls = (assistant.tool_calls ??= []);
    const textCall = this.textCalls[calls.length];
    const name = textCall?.name ?? message.tool_name ?? this.likelyName;
    const id = this.newId(message.tool_call_id);
    calls.push({ id, type: 'function', function: { name, arguments: textCall?.arguments ?? '{}' } });
    if (assistant.content === '') assistant.content = null;
    return { id, clientId: message.tool_call_id, name };
  }

  /** The name for calls without one. */
  private get likelyName(): string {
    return this.toolNames[0] ?? 'tool';
  }

  /** A user message is never taken for a result (protocol C11). */
  private closeCalls(): void {
    for (const { id } of this.open?.rest() ?? [])
      this.messages.push({ role: 'tool', tool_call_id: id, content: NO_RESULT });
    this.open = undefined;
    if (this.media.length === 0) return;
    this.speak({ role: 'user', content: this.media });
    this.media = [];
  }

  /** The client's id if it is unused, else one made from the position, so that the same history gives the same ids. */
  private newId(wanted: string | undefined): string {
    let id = wanted;
    while (!id || this.usedIds.has(id)) {
      this.nextNumber = Math.max(this.nextNumber, this.usedIds.size);
      id = `call_${String(this.nextNumber++)}`;
    }
    this.usedIds.add(id);
    return id;
  }
}

/** Plain text stays a string, since fewer upstreams accept parts (protocol D31). */
function toContent(content: string, images: readonly string[] | undefined): string | OpenAiContentPart[] {
  if (!images?.length) return content;
  return [...(content ? [{ type: 'text' as const, text: content }] : []), ...images.map(toMediaPart)];
}

function callsIn(content: OpenAiMessage['content']): TextCall[] {
  if (typeof content !== 'string') return [];
  const lines = content.split('\n').map((line) => line.trimEnd());
  const matches = lines.filter((line) => line.endsWith('}')).map((line) => CALL_AS_TEXT.exec(line));
  return matches.flatMap((match) => {
    const [, name, input = ''] = match ?? [];
    return name === undefined ? [] : [{ name, arguments: isJson(input) ? input : '{}' }];
  });
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
