import { describe, expect, it } from 'vitest';
import { readMessagesRequest } from './messages-request.js';
import { UnavailableSearch, wantsSearchOnly } from './unavailable-search.js';

const requestWith = (tools: object[]) =>
  readMessagesRequest(
    {
      model: 'm',
      max_tokens: 10,
      messages: [{ role: 'user', content: 'Perform a web search for the query: weather in Ulm' }],
      tools,
    },
    true,
  );
const SEARCH = { type: 'web_search_20250305', name: 'web_search' };

describe('a request for a web search', () => {
  it('is one without other tools', () => {
    expect(wantsSearchOnly(requestWith([SEARCH]))).toBe(true);
    expect(wantsSearchOnly(requestWith([SEARCH, { name: 'f', input_schema: { type: 'object' } }]))).toBe(false);
    expect(wantsSearchOnly(requestWith([]))).toBe(false);
  });

  it('gets the query and an error in place of results', () => {
    const answer = new UnavailableSearch(requestWith([SEARCH]), 'msg_1', 12);
    expect(answer.whole()).toMatchObject({
      id: 'msg_1',
      type: 'message',
      stop_reason: 'end_turn',
      content: [
        { type: 'server_tool_use', id: 'srvtoolu_1', input: { query: 'weather in Ulm' } },
        { type: 'web_search_tool_result', tool_use_id: 'srvtoolu_1', content: { error_code: 'unavailable' } },
        { type: 'text', text: expect.stringContaining('not available') as string },
      ],
      usage: { input_tokens: 12 },
    });
  });

  it('gets the same as a stream', () => {
    const stream = new UnavailableSearch(requestWith([SEARCH]), 'msg_1', 12).stream();
    const events = [...stream.matchAll(/^event: (.*)$/gm)].map(([, name]) => name);
    const block = ['content_block_start', 'content_block_delta', 'content_block_stop'];
    const result = ['content_block_start', 'content_block_stop'];
    expect(events).toEqual(['message_start', ...block, ...result, ...block, 'message_delta', 'message_stop']);
    const data = [...stream.matchAll(/^data: (.*)$/gm)].map(([, json = '']) => JSON.parse(json) as object);
    expect(data[2]).toMatchObject({ index: 0, delta: { partial_json: '{"query":"weather in Ulm"}' } });
    expect(data.at(-2)).toMatchObject({ delta: { stop_reason: 'end_turn' } });
  });
});
