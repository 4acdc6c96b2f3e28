import { expect, it } from 'vitest';
import { markOf, openSealed } from './open-sealed.js';

const assistant = (origin: string, more: object = {}) => ({
  role: 'assistant',
  content: 'Hi',
  sealed_reasoning: [
    { origin: markOf(origin), summary: 'Hm', content: 'gAAA' },
    { origin: markOf(origin), summary: '', content: 'gBBB', ...more },
  ],
});

it('becomes items for the upstream and model that made it, whatever else the client wrote', () => {
  expect(openSealed([assistant('a', { type: 'item_reference', id: 'msg_1' })], 'a')).toEqual([
    {
      role: 'assistant',
      content: 'Hi',
      responses_items: [
        { type: 'reasoning', summary: [{ type: 'summary_text', text: 'Hm' }], encrypted_content: 'gAAA' },
        { type: 'reasoning', summary: [], encrypted_content: 'gBBB' },
      ],
    },
  ]);
});

it('is left out for another one', () => {
  expect(openSealed([assistant('b')], 'a')).toEqual([{ role: 'assistant', content: 'Hi' }]);
});

it('is no copy where there is none', () => {
  const messages = [{ role: 'user', content: 'Hi' }];
  expect(openSealed(messages, 'a')).toBe(messages);
});
