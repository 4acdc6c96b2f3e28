import { describe, expect, it } from 'vitest';
import { deflateRawSync } from 'node:zlib';
import { createOpener, newId, seal } from './envelope.js';

const open = createOpener();

describe('an envelope', () => {
  it.each(['', 'thought', 'Gedanke 😀 "\n'])('returns %j', (text) => {
    expect(open(seal(text))).toEqual({ text });
  });

  it.each(['', 'thought', 'EuYBCkQ=', 'p1.', 'p1.!!!', 'p1.AAAA', 'p2.q1YqAgA'])('does not read %j', (sealed) => {
    expect(open(sealed)?.text ?? '').toBe('');
  });

  it.each(['gAAAA_-==', 'a.b.c', 'Zwei\nZeilen'])('returns encrypted reasoning as it was: %j', (content) => {
    const sealed = { origin: 'ab_-12', content };
    expect(open(seal('thought', sealed))).toEqual({ text: 'thought', sealed });
    expect(open(seal('', sealed))).toEqual({ text: '', sealed });
  });

  it('holds the text alone where the upstream encrypted more than 64 KB', () => {
    expect(open(seal('thought', { origin: 'a', content: 'x'.repeat(70_000) }))).toEqual({ text: 'thought' });
  });

  it.each(['p2.', 'p2.a.b', 'p2.a..', 'p2.a b.AAAA.c', 'p2.a.!.c', 'p2.a.AAAA.c'])('does not read %j', (sealed) => {
    expect(open(sealed)).toBeUndefined();
  });

  it('does not inflate a bomb', () => {
    expect(open(`p1.${deflateRawSync('x'.repeat(10_000_000)).toString('base64url')}`)).toBeUndefined();
  });

  it('does not inflate many of them for one request', () => {
    const sealed = `p1.${deflateRawSync('x'.repeat(256 * 1024)).toString('base64url')}`;
    const openAll = createOpener();
    for (let count = 0; count < 16; count += 1) expect(openAll(sealed)?.text).toHaveLength(256 * 1024);
    expect(() => openAll(sealed)).toThrow('the reasoning of earlier turns is too large');
  });
});

it('makes ids in the form of the real APIs', () => {
  expect(newId('msg')).toMatch(/^msg_[A-Za-z0-9]{24}$/);
});
