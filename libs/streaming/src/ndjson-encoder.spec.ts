import { describe, expect, it } from 'vitest';
import { encodeLine } from './ndjson-encoder.js';

describe('NDJSON encoder', () => {
  it('ends each object with one line feed', () => {
    expect(encodeLine({ done: false })).toBe('{"done":false}\n');
  });

  it.each(['a\nb', 'a\r\nb', '\u2028', '"', 'ü🙂'])('keeps %j on one line', (content) => {
    const line = encodeLine({ content });

    expect(line.slice(0, -1)).not.toMatch(/[\r\n]/);
    expect(JSON.parse(line)).toEqual({ content });
  });
});
