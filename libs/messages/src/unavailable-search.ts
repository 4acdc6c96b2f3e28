import { isRecord } from '#primitives';
import { event } from './event.js';
import type { Block, MessagesRequest } from './messages-request.js';

const SEARCH_TOOL = 'web_search';
const TEXT = 'Web search is not available: the upstream has no search service.';

/** The request only wants a search to be run by the server, as Claude Code's tool WebSearch does. */
export function wantsSearchOnly({ tools }: MessagesRequest): boolean {
  return tools.length > 0 && tools.every(({ type }) => typeof type === 'string' && type.startsWith(SEARCH_TOOL));
}

/** An answer without a search: an error in the form of the real API, since a model would invent the results. */
export class UnavailableSearch {
  private readonly content: readonly Block[];
  private readonly head: Block;

  /** @param id `msg_…`, unique */
  constructor(
    { model, messages }: MessagesRequest,
    id: string,
    private readonly inputTokens: number,
  ) {
    const toolId = id.replace(/^msg_/, 'srvtoolu_');
    const error = { type: 'web_search_tool_result_error', error_code: 'unavailable' };
    this.head = { id, type: 'message', role: 'assistant', model, content: [], stop_reason: null, stop_sequence: null };
    this.content = [
      { type: 'server_tool_use', id: toolId, name: 'web_search', input: { query: queryIn(messages) } },
      { type: 'web_search_tool_result', tool_use_id: toolId, content: error },
      { type: 'text', text: TEXT },
    ];
  }

  whole(): object {
    return { ...this.head, content: this.content, stop_reason: 'end_turn', usage: this.usage };
  }

  stream(): string {
    const blocks = this.content.map((block, index) => {
      const [start, delta] = toDelta(block);
      return (
        event('content_block_start', { index, content_block: start }) +
        (delta ? event('content_block_delta', { index, delta }) : '') +
        event('content_block_stop', { index })
      );
    });
    const end = { delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: this.usage };
    return [
      event('message_start', { message: { ...this.head, usage: this.usage } }),
      ...blocks,
      event('message_delta', end),
      event('message_stop', {}),
    ].join('');
  }

  private get usage(): object {
    return {
      input_tokens: this.inputTokens,
      cache_creation_input_tokens: 0,
      cache_read_input_tokens: 0,
      output_tokens: 1,
      server_tool_use: { web_search_requests: 0, web_fetch_requests: 0 },
    };
  }
}

/** A block as it begins, and what follows. */
function toDelta(block: Block): [start: Block, delta?: object] {
  if (block.type === 'text')
    return [
      { ...block, text: '' },
      { type: 'text_delta', text: block.text },
    ];
  if (block.type !== 'server_tool_use') return [block];
  return [
    { ...block, input: {} },
    { type: 'input_json_delta', partial_json: JSON.stringify(block.input) },
  ];
}

/** The client's text without the words around the query. */
function queryIn(messages: MessagesRequest['messages']): string {
  const blocks = messages.findLast(({ role }) => role === 'user')?.blocks ?? [];
  const text = blocks.findLast((block) => isRecord(block) && typeof block.text === 'string')?.text;
  return typeof text === 'string' ? text.replace(/^.*?\bquery: */s, '') : '';
}
