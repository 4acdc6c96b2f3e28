import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { UpstreamResponse } from '#connections';
import { RequestRecord } from '#observability';
import type { ReplyStream } from '#translation';
import { pump } from './pump.js';

/** What one read of the body does to the answer. */
interface Read {
  readonly afterMs: number;
  readonly lines: string[];
  readonly isFinished: boolean;
}

const TEXT = { afterMs: 0, lines: ['text'], isFinished: false };
const REASON = { afterMs: 0, lines: [], isFinished: true };

/** Pumps the reads. @returns the lines, and how many reads had been made when the upstream was stopped */
async function pumped(
  reads: readonly Read[],
  take: (ready: string[]) => string[] = (ready) => ready.splice(0),
): Promise<{ lines: string[]; readsUntilStop: number | undefined }> {
  let made = 0;
  let readsUntilStop: number | undefined;
  const answer = { isFinished: false, isOver: false, flush: () => false, feed: () => false };
  const ready: string[] = [];
  const upstream = {
    stop: () => (readsUntilStop ??= made),
    forEachBatch: async (consume: (batch: Uint8Array[]) => Promise<void> | undefined): Promise<void> => {
      for (const { afterMs, lines, isFinished } of reads) {
        await vi.advanceTimersByTimeAsync(afterMs);
        if (readsUntilStop !== undefined) return;
        made += 1;
        answer.feed = () => {
          answer.isFinished = isFinished;
          ready.push(...lines);
          return ready.length > 0;
        };
        await consume([]);
      }
    },
  };
  const lines: string[] = [];
  await pump(
    upstream as unknown as UpstreamResponse,
    answer as unknown as ReplyStream,
    new RequestRecord('id', 0),
    () => {
      lines.push(...take(ready));
      return undefined;
    },
  );
  return { lines, readsUntilStop };
}

describe('reading an upstream after the finish reason', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('ends after five seconds in which nothing of the answer comes', async () => {
    const silence = { ...REASON, afterMs: 6000 };
    expect(await pumped([TEXT, REASON, silence])).toEqual({ lines: ['text'], readsUntilStop: 2 });
  });

  it('waits no longer for events that are nothing of the answer', async () => {
    const keepAlive = { ...REASON, afterMs: 2000 };
    expect(await pumped([TEXT, REASON, keepAlive, keepAlive, keepAlive])).toEqual({
      lines: ['text'],
      readsUntilStop: 4,
    });
  });

  it('waits no longer either where the text stays in the answer until its end', async () => {
    const keepAlive = { ...REASON, afterMs: 2000 };
    const whole = await pumped([TEXT, REASON, keepAlive, keepAlive, keepAlive], () => []);
    expect(whole.readsUntilStop).toBe(4);
  });

  it.each([
    ['text', TEXT],
    ['fragments of a call, which make no line', { ...TEXT, lines: [] }],
  ])('goes on as long as %s comes', async (_what, read) => {
    const late = { ...read, afterMs: 4000 };
    const { lines, readsUntilStop } = await pumped([
      TEXT,
      REASON,
      late,
      late,
      late,
      late,
      { ...TEXT, afterMs: 60_000 },
    ]);
    expect(readsUntilStop).toBeUndefined();
    expect(lines.at(-1)).toBe('text');
    expect(lines).toHaveLength(read.lines.length > 0 ? 6 : 2);
  });
});
