import type {
  OllamaMessage,
  OllamaTool,
  OllamaToolCall,
  OpenAiContentPart,
  OpenAiMessage,
  OpenAiToolCall,
} from '#contracts';
import { toMediaPart } from './media.js';

/** What a call is answered with when the client never did. */
const NO_RESULT = '(no result)';

/** How some agents write a call as text (clients §5.2, n8n agent 3). */
const CALL_AS_TEXT = /^Calling (\S.*?) with input: (\{.*\})\s*$/gm;

const KNOWN_ROLES = new Set(['system', 'user', 'assistant', 'tool']);

interface OpenCall {
  readonly id: string;
  /** As the client knows it. */
  readonly clientId: string | undefined;
  readonly name: string;
}

/**
 * An Ollama conversation as one that a strict OpenAI backend accepts: every tool result belongs to a call, every call
 * has its own id and is answered. Ollama clients leave out ids, names, calls or results (clients §2b).
 */
export function toOpenAiMessages(messages: readonly OllamaMessage[], tools: readonly OllamaTool[]): OpenAiMessage[] {
  const conversation = new Conversation(tools.flatMap((tool) => tool.function?.name ?? []));
  for (const message of messages) conversation.add(message);
  return conversation.end();
}

class Conversation {
  private readonly messages: OpenAiMessage[] = [];
  private readonly usedIds = new Set<string>();
  private open: OpenCall[] = [];
  private mediaOfTools: OpenAiContentPart[] = [];

  constructor(private readonly toolNames: readonly string[]) {}

  add(message: OllamaMessage): void {
    if (message.role === 'tool') {
      this.addResult(message);
      return;
    }
    if (this.answersOpenCall(message)) {
      this.addResult(message);
      return;
    }
    this.closeCalls();
    this.messages.push(this.toMessage(message));
  }

  end(): OpenAiMessage[] {
    this.closeCalls();
    return this.messages;
  }

  private toMessage({ role, content, images, tool_calls }: OllamaMessage): OpenAiMessage {
    if (role === 'assistant' && tool_calls) {
      return { role, content: content || null, tool_calls: tool_calls.map((call) => this.openCall(call)) };
    }
    return { role: KNOWN_ROLES.has(role) ? role : 'user', content: toContent(content, images) };
  }

  private openCall(call: OllamaToolCall): OpenAiToolCall {
    const id = this.newId(call.id);
    this.open.push({ id, clientId: call.id, name: call.function.name });
    return {
      id,
      type: 'function',
      function: { name: call.function.name, arguments: JSON.stringify(call.function.arguments) },
    };
  }

  private addResult(message: OllamaMessage): void {
    const call = this.takeCall(message) ?? this.inventCall(message);
    this.messages.push({ role: 'tool', tool_call_id: call.id, content: message.content });
    // Backends refuse images in tool results; they follow in a message of the user's.
    this.mediaOfTools.push(...(message.images ?? []).map(toMediaPart));
  }

  /** By id, else by name, else the next one in order. */
  private takeCall({ tool_call_id, tool_name }: OllamaMessage): OpenCall | undefined {
    const byId = this.open.findIndex((call) => tool_call_id !== undefined && call.clientId === tool_call_id);
    const byName = this.open.findIndex((call) => call.name === tool_name);
    const index = [byId, byName, 0].find((each) => each >= 0) ?? 0;
    return this.open.splice(index, 1)[0];
  }

  /** A result without a call: the assistant's message before it is given one. */
  private inventCall(message: OllamaMessage): OpenCall {
    const index = this.messages.findLastIndex(({ role }) => role !== 'tool');
    let assistant = this.messages[index];
    if (assistant?.role !== 'assistant') {
      assistant = { role: 'assistant', content: null };
      this.messages.push(assistant);
    }
    const calls = (assistant.tool_calls ??= []);
    const told = [...(typeof assistant.content === 'string' ? assistant.content : '').matchAll(CALL_AS_TEXT)][
      calls.length
    ];
    const name = told?.[1] ?? message.tool_name ?? this.toolNames[0] ?? 'tool';
    const id = this.newId(message.tool_call_id);
    calls.push({ id, type: 'function', function: { name, arguments: jsonObject(told?.[2]) } });
    if (assistant.content === '') assistant.content = null;
    return { id, clientId: message.tool_call_id, name };
  }

  /** Some agents report a result in the user's name (clients §2b, Roo Code). */
  private answersOpenCall({ role, content, images }: OllamaMessage): boolean {
    return role === 'user' && this.open.length === 1 && content !== '' && images === undefined;
  }

  private closeCalls(): void {
    for (const { id } of this.open) this.messages.push({ role: 'tool', tool_call_id: id, content: NO_RESULT });
    this.open = [];
    if (this.mediaOfTools.length === 0) return;
    this.messages.push({ role: 'user', content: this.mediaOfTools });
    this.mediaOfTools = [];
  }

  /** The client's id where it is usable once more, else one made from the position: the same history gives the same ids. */
  private newId(wanted: string | undefined): string {
    let id = wanted;
    for (let count = this.usedIds.size; !id || this.usedIds.has(id); count += 1) id = `call_${String(count)}`;
    this.usedIds.add(id);
    return id;
  }
}

/** Plain text stays a string: parts are understood by fewer backends (dialects §7.3). */
function toContent(content: string, images: readonly string[] | undefined): string | OpenAiContentPart[] {
  if (!images?.length) return content;
  return [...(content ? [{ type: 'text' as const, text: content }] : []), ...images.map(toMediaPart)];
}

function jsonObject(text: string | undefined): string {
  try {
    JSON.parse(text ?? '');
    return text ?? '{}';
  } catch {
    return '{}';
  }
}
