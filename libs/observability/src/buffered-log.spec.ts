import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { BufferedLog } from './buffered-log.js';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

describe('the buffered log', () => {
  it('writes the lines of a short time together, in their order', () => {
    const written: string[] = [];
    const log = new BufferedLog((text) => void written.push(text));
    log.write('a\n');
    log.write('b\n');
    expect(written).toEqual([]);
    vi.advanceTimersByTime(20);
    log.write('c\n');
    vi.advanceTimersByTime(20);
    expect(written).toEqual(['a\nb\n', 'c\n']);
  });

  it('writes what is there when it is flushed, and when there is much', () => {
    const written: string[] = [];
    const log = new BufferedLog((text) => void written.push(text));
    log.write('a\n');
    log.flush();
    log.flush();
    log.write('x'.repeat(70_000));
    vi.advanceTimersByTime(100);
    expect(written.map(({ length }) => length)).toEqual([2, 70_000]);
  });
});
