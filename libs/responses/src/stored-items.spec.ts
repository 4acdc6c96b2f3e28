import { describe, expect, it } from 'vitest';
import {
  historyOf,
  itemIdOf,
  referencedResponses,
  responseIdOf,
  toItemList,
  toListedItems,
  upstreamIdsIn,
  withoutItemIds,
  withoutReferences,
} from './stored-items.js';

const ID = `resp_${'a'.repeat(24)}`;
const message = (text: string, id?: string) => ({ type: 'message', role: 'user', content: text, ...(id && { id }) });

describe('the id of an item', () => {
  it('leads to its response', () => {
    for (const position of [0, 12, 100_003]) expect(responseIdOf(itemIdOf('rs', ID, position))).toBe(ID);
    for (const id of ['msg_1', ID, 'rs_', 7, undefined]) expect(responseIdOf(id)).toBeUndefined();
  });
});

describe('references', () => {
  const known = [{ id: itemIdOf('msg', ID, 0), type: 'message', role: 'assistant', content: 'x' }];
  const items = [
    message('a'),
    { type: 'item_reference', id: known[0]!.id },
    { id: itemIdOf('rs', ID, 1) },
    { type: 'item_reference', id: 'msg_other' },
    { type: 'item_reference' },
  ];

  it('name each response once', () => {
    expect(referencedResponses(items)).toEqual([ID]);
  });

  it('become the items that they name, or are left out', () => {
    expect(withoutReferences(items, known)).toEqual([message('a'), known[0]]);
    expect(withoutReferences([message('a', 'msg_1')], known)).toEqual([message('a', 'msg_1')]);
    expect(withoutReferences([...items, ...items], known).filter((item) => item === known[0])).toHaveLength(1);
  });
});

describe('ids in a request for an upstream', () => {
  const idsOf = (item: object) => {
    const { references, labels } = upstreamIdsIn({ input: [item] });
    return { references, labels };
  };

  it.each([
    { type: 'item_reference' },
    { type: 'item_reference', content: 'x' },
    {},
    { role: null },
    { type: null, role: null },
    { role: 'assistant' },
    { type: 'message', role: 'assistant', content: [] },
    { type: 'message', role: 'user', content: null, status: 'completed' },
    { type: 'reasoning', summary: [] },
    { type: 'reasoning', summary: [{ type: 'summary_text', text: 'x' }], encrypted_content: null },
    { type: 'reasoning', summary: [], content: [], encrypted_content: '' },
    { type: 'compaction' },
    { type: 'image_generation_call', status: 'completed', size: '1024x1024', result: null },
    { type: 'function_call', status: 'completed' },
    { type: 'hologram' },
  ])('are references in an item that is nothing without: %j', (item) => {
    expect(idsOf({ ...item, id: 'x_1' })).toEqual({ references: ['x_1'], labels: [] });
  });

  it.each([
    { role: 'user', content: 'Hi' },
    { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'Ho' }] },
    { type: 'reasoning', summary: [], encrypted_content: 'x' },
    { type: 'reasoning', summary: [], content: [{ type: 'reasoning_text', text: 'x' }] },
    { type: 'compaction', encrypted_content: 'x' },
    { type: 'image_generation_call', result: 'aGk=' },
    { type: 'function_call', call_id: 'c', name: 'f', arguments: '' },
    { type: 'function_call_output', call_id: 'c', output: '' },
    { type: 'web_search_call', status: 'completed', action: { type: 'search', query: 'x' } },
  ])('are labels of an item with content: %j', (item) => {
    expect(idsOf({ ...item, id: 'x_1' })).toEqual({ references: [], labels: ['x_1'] });
    const other = { ...item, id: 'x_2' };
    expect(withoutItemIds({ input: [{ ...item, id: 'x_1' }, other, 'no item'] }, new Set(['x_1']))).toEqual({
      input: [item, other, 'no item'],
    });
  });

  it('may be of any type, and may be missing', () => {
    expect(idsOf({ id: 7 })).toEqual({ references: ['7'], labels: [] });
    const numbered = { role: 'user', content: 'Hi', id: 7 };
    expect(withoutItemIds({ input: [numbered] }, new Set(['7']))).toEqual({ input: [{ role: 'user', content: 'Hi' }] });
    expect(idsOf({ id: null, role: 'user', content: 'Hi' })).toEqual({ references: [], labels: [] });
    expect(upstreamIdsIn({ input: 'Hi' })).toMatchObject({ references: [], labels: [] });
  });

  it('are references if one item needs them', () => {
    const input = [message('a', 'msg_1'), { type: 'item_reference', id: 'msg_1' }];
    expect(upstreamIdsIn({ input })).toMatchObject({ references: ['msg_1'], labels: [] });
  });

  it('name the request that an approval answers', () => {
    const approval = { type: 'mcp_approval_response', approval_request_id: 'mcpr_1', approve: true };
    expect(idsOf(approval)).toEqual({ references: ['mcpr_1'], labels: [] });
    expect(idsOf({ ...approval, id: 'x_1' })).toEqual({ references: ['mcpr_1'], labels: ['x_1'] });
  });
});

describe('the history', () => {
  it('is input and output', () => {
    expect(historyOf([message('a')], [message('b'), 'no item'])).toEqual([message('a'), message('b')]);
    expect(historyOf([message('a')], undefined)).toEqual([message('a')]);
  });

  it('begins with the last compaction', () => {
    const compaction = { type: 'compaction', encrypted_content: 'x' };
    expect(historyOf([message('a'), compaction, message('b')], [compaction])).toEqual([compaction]);
    expect(historyOf([message('a'), compaction], [message('b')])).toEqual([compaction, message('b')]);
  });
});

describe('listed items', () => {
  it('have type, id, parts and status', () => {
    const items = [
      { role: 'user', content: 'Hi' },
      { type: 'function_call', call_id: 'c', name: 'f', arguments: '{}' },
      { role: 'assistant', content: 'Ho', id: 'mine' },
      { type: 'hologram' },
    ];
    const listed = toListedItems(items, ID);
    expect(listed).toMatchObject([
      { type: 'message', status: 'completed', content: [{ type: 'input_text', text: 'Hi' }] },
      { type: 'function_call', call_id: 'c' },
      { id: 'mine', content: [{ type: 'output_text', text: 'Ho' }] },
      { type: 'hologram' },
    ]);
    expect(new Set(listed.map(({ id }) => id)).size).toBe(4);
  });

  it('come in pages', () => {
    const items = ['a', 'b', 'c'].map((id) => ({ id, type: 'message' }));
    const page = (query: object) => {
      const { data, has_more: hasMore } = toItemList(items, query) as { data: { id: string }[]; has_more: boolean };
      return [data.map(({ id }) => id).join(''), hasMore];
    };
    expect(page({})).toEqual(['cba', false]);
    expect(page({ order: 'asc', limit: '2' })).toEqual(['ab', true]);
    expect(page({ order: 'asc', limit: '2', after: 'b' })).toEqual(['c', false]);
    expect(page({ limit: '1', after: 'c' })).toEqual(['b', true]);
    for (const limit of ['0', '-4', 'x', '']) expect(page({ limit })[0]).not.toBe('');
    expect(toItemList([], {})).toEqual({ object: 'list', data: [], first_id: null, last_id: null, has_more: false });
  });
});
