import type { OpenAiContentPart, OpenAiMessage, OpenedReasoning, UnreadablePart } from '#contracts';
import { fromParts } from '#dialects';
import { isRecord } from '#primitives';
import type { Content } from './content.js';
import { systemTextOf, toContent } from './content.js';
import type { Block, Message } from './messages-request.js';
import { toBlocks } from './messages-request.js';

const NO_RESULT = '(no result was given)';
/** Tool messages hold text only with most upstreams. */
const SEE_BELOW = '[see the image below]';

/** Reads what a signature that was made here holds of a thinking block; undefined for other signatures. */
export type OpenSignature = (signature: string) => OpenedReasoning | undefined;

/**
 * A Messages conversation as chat messages: tool results directly behind their calls and in the order of the calls,
 * system messages that come later as reminders of the user, images of results in a user's message behind them.
 */
export function toChatMessages(
  system: readonly Block[],
  messages: readonly Message[],
  openSignature: OpenSignature,
): { messages: OpenAiMessage[]; unreadable: readonly UnreadablePart[] } {
  const conversation = new Conversation(openSignature);
  conversation.addSystem(systemTextOf(system));
  messages.forEach((message, index) => conversation.add(message, `messages.${String(index)}.content`));
  return { messages: conversation.end(), unreadable: conversation.unreadable };
}

class Conversation {
  readonly unreadable: UnreadablePart[] = [];
  private readonly messages: OpenAiMessage[] = [];
  private systemText = '';
  private hasTurns = false;
  /** Ids of calls without a result. */
  private open: string[] = [];
  /** System messages between a call and its result: they follow the result. */
  private reminders: string[] = [];

  constructor(private readonly openSignature: OpenSignature) {}

  addSystem(text: string): void {
    if (text === '') return;
    this.systemText = this.systemText === '' ? text : `${this.systemText}\n\n${text}`;
  }

  add({ role, blocks }: Message, path: string): void {
    if (role === 'system') {
      this.addReminder(systemTextOf(blocks));
      return;
    }
    this.hasTurns = true;
    if (role === 'assistant') this.addAssistant(blocks, path);
    else this.addUser(blocks, path);
  }

  end(): OpenAiMessage[] {
    this.answerOpenCalls(new Map(), '');
    this.flushReminders();
    const system: OpenAiMessage[] = this.systemText === '' ? [] : [{ role: 'system', content: this.systemText }];
    if (this.messages.length === 0) return [...system, { role: 'user', content: '' }];
    for (const message of this.messages)
      if (Array.isArray(message.content)) message.content = fromParts(message.content);
    return [...system, ...this.messages];
  }

  private addReminder(text: string): void {
    if (text === '') return;
    if (!this.hasTurns) this.addSystem(text);
    else if (this.open.length > 0) this.reminders.push(text);
    else this.appendUser([{ text: toReminder(text) }]);
  }

  private flushReminders(): void {
    const { reminders } = this;
    this.reminders = [];
    if (reminders.length > 0) this.appendUser(reminders.map((text) => ({ text: toReminder(text) })));
  }

  private addAssistant(blocks: readonly Block[], path: string): void {
    this.answerOpenCalls(new Map(), '');
    this.flushReminders();
    const texts: string[] = [];
    const thoughts: OpenedReasoning[] = [];
    const calls: NonNullable<OpenAiMessage['tool_calls']> = [];
    for (const block of blocks) {
      if (block.type === 'thinking') thoughts.push(this.thoughtOf(block));
      else if (block.type === 'tool_use') calls.push(toCall(block));
      else if (block.type === 'redacted_thinking') this.unreadable.push('reasoning');
      else texts.push(toContent(block, path).text ?? '');
    }
    const text = texts.filter(Boolean).join('\n\n');
    const reasoning = thoughts.flatMap(({ text: thought }) => (thought === '' ? [] : [thought])).join('\n\n');
    const sealed = thoughts.flatMap((each) => (each.sealed ? [{ ...each.sealed, summary: each.text }] : []));
    if (text === '' && calls.length === 0) return;
    this.messages.push({
      role: 'assistant',
      content: text === '' ? null : text,
      ...(calls.length > 0 && { tool_calls: calls }),
      ...(reasoning !== '' && { reasoning_content: reasoning }),
      ...(sealed.length > 0 && { sealed_reasoning: sealed }),
    });
    this.open = calls.map(({ id }) => id);
  }

  private thoughtOf({ thinking, signature }: Block): OpenedReasoning {
    const shown = typeof thinking === 'string' ? thinking : '';
    const opened = typeof signature === 'string' && signature !== '' ? this.openSignature(signature) : { text: '' };
    if (!opened && shown === '') this.unreadable.push('reasoning');
    return { text: shown || (opened?.text ?? ''), sealed: opened?.sealed };
  }

  private addUser(blocks: readonly Block[], path: string): void {
    const results = new Map<string, Block>();
    const others: Content[] = [];
    const open = new Set(this.open);
    blocks.forEach((block, index) => {
      const id = block.type === 'tool_result' ? String(block.tool_use_id) : undefined;
      if (id === undefined) others.push(toContent(block, `${path}.${String(index)}`));
      else if (open.has(id) && !results.has(id)) results.set(id, block);
      // A result whose call is not in the history.
      else others.push({ text: `Result of a tool: ${textOfResult(block, path).text}` });
    });
    const media = this.answerOpenCalls(results, path);
    this.flushReminders();
    const content = [...media, ...others].filter(({ text, media: part }) => text !== undefined || part !== undefined);
    if (content.length > 0) this.appendUser(content);
  }

  /** Every open call gets its result, in the order of the calls. Returns the media of the results. */
  private answerOpenCalls(results: ReadonlyMap<string, Block>, path: string): Content[] {
    const { open } = this;
    this.open = [];
    const media: Content[] = [];
    for (const id of open) {
      const block = results.get(id);
      const result = block ? textOfResult(block, path) : { text: NO_RESULT, media: [] };
      this.messages.push({ role: 'tool', tool_call_id: id, content: result.text });
      if (result.media.length > 0 && open.length > 1) media.push({ text: `Images of the result of ${id}:` });
      media.push(...result.media.map((part) => ({ media: part })));
    }
    return media;
  }

  /** The content of a user's message is a list of parts until `end`. */
  private appendUser(contents: readonly Content[]): void {
    const last = this.messages.at(-1);
    const parts = contents.flatMap(toPart);
    if (last?.role !== 'user' || !Array.isArray(last.content)) this.messages.push({ role: 'user', content: parts });
    else for (const part of parts) last.content.push(part);
  }
}

function toReminder(text: string): string {
  return text.includes('<system-reminder>') ? text : `<system-reminder>\n${text}\n</system-reminder>`;
}

function toCall({ id, name, input }: Block): NonNullable<OpenAiMessage['tool_calls']>[number] {
  return {
    id: String(id),
    type: 'function',
    function: { name: String(name), arguments: JSON.stringify(input ?? {}) },
  };
}

function textOfResult(block: Block, path: string): { text: string; media: OpenAiContentPart[] } {
  const contents = toBlocks(block.content, path).map((each) => toContent(each, path));
  const media = contents.flatMap(({ media: part }) => (part ? [part] : []));
  const text = contents.flatMap(({ text: each }) => (each === undefined ? [] : [each])).join('\n');
  const shown = text === '' && media.length > 0 ? SEE_BELOW : text;
  return { text: block.is_error === true ? toErrorText(shown) : shown, media };
}

function toErrorText(text: string): string {
  return /^\s*(<tool_use_error>|error\b)/i.test(text) ? text : `Error: ${text}`;
}

function toPart({ text, media }: Content): OpenAiContentPart[] {
  return [...(text === undefined ? [] : [{ type: 'text' as const, text }]), ...(media ? [media] : [])];
}

/** Names of the tools that a `tool_reference` of the conversation makes known to the model. */
export function referencedTools(messages: readonly Message[]): ReadonlySet<string> {
  const names = messages.flatMap(({ blocks }) =>
    blocks
      .filter(({ type }) => type === 'tool_result')
      .flatMap(({ content }) => (Array.isArray(content) ? (content as unknown[]) : []))
      .filter((each: unknown): each is Block => isRecord(each) && each.type === 'tool_reference')
      .map(({ tool_name: name }) => String(name)),
  );
  return new Set(names);
}
