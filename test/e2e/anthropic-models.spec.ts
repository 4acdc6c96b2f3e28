import { describe, expect, it } from 'vitest';
import Anthropic from '@anthropic-ai/sdk';
import type { Fields } from '../support/agent-events.js';
import { withProxy } from '../support/with-proxy.js';

const models = ['a', 'b', 'c'].map((id) => ({ id, kind: 'chat' as const, contextLength: 1000 }));
const setup = withProxy({ models });
const VERSION = { 'anthropic-version': '2023-06-01' };
const get = async (path: string, headers: Record<string, string>): Promise<Fields> =>
  JSON.parse((await setup.ask(path, undefined, { headers })).text) as Fields;

describe('/v1/models in the form of the Messages API', () => {
  it.each([
    ['', ['a', 'b', 'c'], false],
    ['?limit=2', ['a', 'b'], true],
    ['?limit=2&after_id=b', ['c'], false],
    ['?limit=1&before_id=c', ['b'], true],
    ['?before_id=b', ['a'], false],
    ['?after_id=c', [], false],
  ])('page %j', async (query, ids, hasMore) => {
    const list = await get(`/v1/models${query}`, VERSION);
    expect(list.data.map(({ id }: { id: string }) => id)).toEqual(ids);
    expect(list).toMatchObject({ has_more: hasMore, first_id: ids[0] ?? null, last_id: ids.at(-1) ?? null });
  });

  it('is selected by the headers of the SDKs', async () => {
    expect(await get('/v1/models', { 'x-api-key': 'x' })).toHaveProperty('has_more');
    for (const headers of [{}, { authorization: 'Bearer x' }, { authorization: 'Bearer x', 'x-api-key': 'x' }])
      expect(await get('/v1/models', headers)).toMatchObject({ object: 'list' });
  });

  it('is read by the SDK', async () => {
    const client = new Anthropic({ baseURL: setup.proxy.url, apiKey: 'none', maxRetries: 0 });
    const ids: string[] = [];
    for await (const { id, type, created_at: created } of client.models.list({ limit: 2 })) {
      expect([type, Number.isNaN(Date.parse(created))]).toEqual(['model', false]);
      ids.push(id);
    }
    expect(ids).toEqual(['a', 'b', 'c']);
    expect(await client.models.retrieve('b')).toMatchObject({ id: 'b', display_name: 'b', max_input_tokens: 1000 });
    await expect(client.models.retrieve('nope')).rejects.toMatchObject({
      status: 404,
      error: { type: 'error', error: { type: 'not_found_error', message: 'model: nope' } },
    });
  });

  it.each(['0', '1001', 'x'])('refuses limit=%s', async (limit) => {
    const { type, error } = await get(`/v1/models?limit=${limit}`, VERSION);
    expect([type, error.type]).toEqual(['error', 'invalid_request_error']);
  });
});
