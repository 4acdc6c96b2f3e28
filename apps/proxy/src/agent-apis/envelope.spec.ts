import { describe, expect, it } from 'vitest';
import { deflateRawSync } from 'node:zlib';
import { createOpener, newId, seal } from './envelope.js';

const open = createOpener();

describe('an envelope', () => {
  it.each(['', 'thought', 'Gedanke 😀 "\n'])('returns %j', (text) => {
    expect(open(seal(text))).toBe(text);
  });

  it.each(['', 'thought', 'EuYBCkQ=', 'p1.', 'p1.!!!', 'p1.AAAA', 'p2.q1YqAgA'])('does not read %j', (sealed) => {
    expect(open(sealed) ?? '').toBe('');
  });

  it('does not inflate a bomb', () => {
    expect(open(`p1.${deflateRawSync('x'.repeat(10_000_000)).toString('base64url')}`)).toBeUndefined();
  });

  it('does not inflate many of them for one request', () => {
    const sealed = `p1.${deflateRawSync('x'.repeat(256 * 1024)).toString('base64url')}`;
    const openAll = createOpener();
    for (let count = 0; count < 16; count += 1) expect(openAll(sealed)).toHaveLength(256 * 1024);
    expect(() => openAll(sealed)).toThrow('the reasoning of earlier turns is too large');
  });
});

it('makes ids in the form of the real APIs', () => {
  expect(newId('msg')).toMatch(/^msg_[A-Za-z0-9]{24}$/);
});
