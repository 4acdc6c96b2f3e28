import { describe, expect, it } from 'vitest';
import { hasLoneSurrogates, withWellFormedTexts } from './well-formed.js';

describe('half of a surrogate pair', () => {
  it.each([['\ud83d'], ['a\ude00b'], ['\ude00\ud83d'], ['\\\ud83d']])('is found and replaced in %j', (text) => {
    const body = { messages: [{ role: 'user', content: [{ type: 'text', text }] }] };
    expect(hasLoneSurrogates(body)).toBe(true);
    const mended = withWellFormedTexts(body);
    expect(mended.messages[0]?.content[0]?.text).toBe(text.replaceAll(/\p{Surrogate}/gu, '\ufffd'));
    expect(hasLoneSurrogates(mended)).toBe(false);
    expect(hasLoneSurrogates({ [text]: 1 })).toBe(true);
    expect(hasLoneSurrogates(withWellFormedTexts({ [text]: 1 }))).toBe(false);
  });

  it.each(['😀', String.raw`\ud83d`, String.raw`C:\\ud83d`, 'ud83d', ''])('is not in %j', (text) => {
    const body = { input: [text] };
    expect(hasLoneSurrogates(body)).toBe(false);
    expect(withWellFormedTexts(body)).toBe(body);
  });
});
