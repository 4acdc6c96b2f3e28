import { describe, expect, it } from 'vitest';
import { LoopError } from '#errors';
import { createPseudonym, extendVia, viaOf } from './via.js';

const own = createPseudonym(1);

describe('Via', () => {
  it('of a chain lists each proxy of this kind once', () => {
    const [first, second] = [createPseudonym(1), createPseudonym(1)];
    const received = extendVia(viaOf(first), second);
    expect(received).toBe(`1.1 ${first}, 1.1 ${second}`);
    expect(extendVia(String(received), own)).toBe(`1.1 ${first}, 1.1 ${second}, 1.1 ${own}`);
  });

  it.each(['1.1 nginx', '1.0 fred, 1.1 p.example.net', '', '2 ollama-openai-proxies'])(
    'of others is dropped: %j',
    (via) => {
      expect(extendVia(via, own)).toBeUndefined();
    },
  );

  it.each([
    viaOf(own),
    `1.1 nginx, ${viaOf(own)}`,
    `${viaOf(own)} , 1.1 nginx`,
    `${viaOf(createPseudonym(1))},${viaOf(own)}`,
  ])('with the own pseudonym is a loop: %j', (via) => {
    expect(() => extendVia(via, own)).toThrow(LoopError);
  });

  it('with too many proxies is a loop over replicas', () => {
    const chain = (length: number) => Array.from({ length }, () => viaOf(createPseudonym(1))).join(', ');
    expect(extendVia(chain(4), own)).toContain(own);
    expect(() => extendVia(chain(5), own)).toThrow(LoopError);
  });

  it('is the same in all workers of one process', () => {
    expect(createPseudonym(2)).toBe(createPseudonym(2));
    expect(createPseudonym(1)).not.toBe(createPseudonym(1));
  });
});
