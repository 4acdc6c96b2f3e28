import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { readEntry } from './read-entry.js';
import { RunningModels } from './running-models.js';

const NOW = new Date('2025-06-01T12:00:00Z');

describe('running models', () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: NOW });
  });

  afterEach(() => {
    vi.useRealTimers();
  });

  it('are none before the first call', () => {
    expect(new RunningModels().list()).toEqual([]);
  });

  it('have everything that clients read', () => {
    const running = new RunningModels();

    running.touch(readEntry({ id: 'llama3:8b', context_length: 131_072, meta: { size: 42 } }));

    expect(running.list()).toStrictEqual([
      {
        name: 'llama3:8b',
        model: 'llama3:8b',
        size: 42,
        digest: expect.stringMatching(/^[0-9a-f]{64}$/),
        details: {
          parent_model: '',
          format: 'gguf',
          family: 'llama3',
          families: ['llama3'],
          parameter_size: '8B',
          quantization_level: 'unknown',
        },
        expires_at: '2025-06-01T12:05:00.000Z',
        size_vram: 42,
        context_length: 131_072,
      },
    ]);
  });

  it('leave the list when their time is over', () => {
    const running = new RunningModels();
    running.touch(readEntry({ id: 'a' }), 10);

    vi.advanceTimersByTime(9_999);
    expect(names(running)).toEqual(['a:latest']);
    vi.advanceTimersByTime(1);
    expect(names(running)).toEqual([]);
  });

  it('stay longer when they are used again', () => {
    const running = new RunningModels();
    running.touch(readEntry({ id: 'a' }), 10);

    vi.advanceTimersByTime(8_000);
    running.touch(readEntry({ id: 'a' }), 10);
    vi.advanceTimersByTime(8_000);

    expect(names(running)).toEqual(['a:latest']);
  });

  it('leave the list at once for 0 seconds', () => {
    const running = new RunningModels();
    running.touch(readEntry({ id: 'a' }));
    running.touch(readEntry({ id: 'b' }));

    running.touch(readEntry({ id: 'a' }), 0);
    running.touch(readEntry({ id: 'c' }), 0);

    expect(names(running)).toEqual(['b:latest']);
  });

  it('come with the longest remaining first', () => {
    const running = new RunningModels();

    running.touch(readEntry({ id: 'short' }), 10);
    running.touch(readEntry({ id: 'ever' }), Number.POSITIVE_INFINITY);
    running.touch(readEntry({ id: 'long' }), 1000);

    expect(names(running)).toEqual(['ever:latest', 'long:latest', 'short:latest']);
  });

  it.each([Number.POSITIVE_INFINITY, 1e15])('that stay for %d seconds have a date that can be read', (seconds) => {
    const running = new RunningModels();

    running.touch(readEntry({ id: 'a' }), seconds);

    expect(running.list()[0]?.expires_at).toMatch(/^23\d\d-/);
  });
});

function names(running: RunningModels): string[] {
  return running.list().map(({ name }) => name);
}
