import { describe, expect, it } from 'vitest';
import { StopWatcher } from './stop-watcher.js';

function watch(stops: string[], text: string, size: number): { emitted: string; isHit: boolean } {
  let emitted = '';
  const watcher = new StopWatcher(stops, (each) => (emitted += each));
  for (let at = 0; at < text.length; at += size) watcher.push(text.slice(at, at + size));
  watcher.end();
  return { emitted, isHit: watcher.isHit };
}

describe.each([1, 2, 3, 7, 100])('stop sequences in pieces of %i characters', (size) => {
  it.each([
    [['END'], 'one two END three', 'one two ', true],
    [['END'], 'one two EN', 'one two EN', false],
    [['abcabd'], 'abcabcabd!', 'abc', true],
    [['x', 'yy'], 'ayybx', 'a', true],
    [[], 'all of it', 'all of it', false],
    [['\n\n'], 'a\nb\n\nc', 'a\nb', true],
  ])('%j in %j', (stops, text, emitted, isHit) => {
    expect(watch(stops, text, size)).toEqual({ emitted, isHit });
  });
});
