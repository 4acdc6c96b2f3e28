import { BadRequestError, UnsupportedError } from '#errors';
import { isRecord } from '#primitives';

/** A JSON object whose fields are not checked yet. */
export type Block = Readonly<Record<string, unknown>>;

/** A message as sent: `content` as a list of blocks, a plain text being one text block. */
export interface Message {
  readonly role: string;
  readonly blocks: readonly Block[];
}

/** A request to POST /v1/messages. Unknown fields are ignored: clients add fields faster than servers learn them. */
export interface MessagesRequest {
  readonly model: string;
  readonly maxTokens: number | undefined;
  readonly stream: boolean;
  readonly system: readonly Block[];
  readonly messages: readonly Message[];
  readonly tools: readonly Block[];
  readonly toolChoice: Block | undefined;
  readonly stopSequences: readonly string[];
  readonly thinking: Block | undefined;
  readonly effort: string | undefined;
  readonly format: Block | undefined;
  readonly sampling: { readonly temperature?: number; readonly top_p?: number; readonly top_k?: number };
}

/**
 * Reads a request with the checks of the real API that today's clients rely on, and no others.
 * @param needsMaxTokens false for /v1/messages/count_tokens
 * @throws BadRequestError with the text that the client sees
 */
export function readMessagesRequest(body: unknown, needsMaxTokens: boolean): MessagesRequest {
  if (!isRecord(body)) throw new BadRequestError('request body must be a JSON object');
  const { model, max_tokens: maxTokens, messages, stream, mcp_servers: servers } = body;
  if (typeof model !== 'string' || model === '') throw new BadRequestError('model: Field required');
  if (needsMaxTokens && !isPositiveInteger(maxTokens))
    throw new BadRequestError('max_tokens: Field required, an integer of at least 1');
  if (!Array.isArray(messages)) throw new BadRequestError('messages: Field required');
  if (messages.length === 0) throw new BadRequestError('messages: at least one message is required');
  if (Array.isArray(servers) && servers.length > 0)
    throw new UnsupportedError('mcp_servers: MCP servers cannot be called by this server; connect them in the client');
  const output = isRecord(body.output_config) ? body.output_config : {};
  const format = isRecord(output.format) ? output.format : body.output_format;
  return {
    model,
    maxTokens: isPositiveInteger(maxTokens) ? maxTokens : undefined,
    stream: stream === true,
    system: toBlocks(body.system, 'system'),
    messages: messages.map(readMessage),
    tools: readList(body.tools, 'tools'),
    toolChoice: isRecord(body.tool_choice) ? body.tool_choice : undefined,
    stopSequences: (Array.isArray(body.stop_sequences) ? body.stop_sequences : []).filter(
      (each): each is string => typeof each === 'string' && each.trim() !== '',
    ),
    thinking: isRecord(body.thinking) ? body.thinking : undefined,
    effort: typeof output.effort === 'string' ? output.effort : undefined,
    format: isRecord(format) ? format : undefined,
    sampling: Object.fromEntries(
      (['temperature', 'top_p', 'top_k'] as const).flatMap((name) =>
        typeof body[name] === 'number' ? [[name, body[name]]] : [],
      ),
    ),
  };
}

function readMessage(message: unknown, index: number): Message {
  if (!isRecord(message)) throw new BadRequestError(`messages.${String(index)}: Input should be an object`);
  if (typeof message.role !== 'string') throw new BadRequestError(`messages.${String(index)}.role: Field required`);
  return { role: message.role.toLowerCase(), blocks: toBlocks(message.content, `messages.${String(index)}.content`) };
}

/** A text is one text block; null and a missing value are no blocks. @throws BadRequestError */
export function toBlocks(content: unknown, path: string): Block[] {
  if (content === undefined || content === null) return [];
  if (typeof content === 'string') return [{ type: 'text', text: content }];
  return readList(content, path);
}

function readList(value: unknown, path: string): Block[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new BadRequestError(`${path}: Input should be a valid list`);
  return value.map((each: unknown, index) => {
    if (typeof each === 'string') return { type: 'text', text: each };
    if (!isRecord(each)) throw new BadRequestError(`${path}.${String(index)}: Input should be an object`);
    return each;
  });
}

function isPositiveInteger(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) > 0;
}
