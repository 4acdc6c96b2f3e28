import { describe, expect, it } from 'vitest';
import type { BatchConsumer } from './upstream-body.js';
import { UpstreamBody } from './upstream-body.js';

describe('body of the upstream', () => {
  it('hands on what came in one tick as one batch', async () => {
    const { body, batches, read } = start();
    const done = read();

    push(body, 'a', 'b');
    await tick();
    push(body, 'c');
    await tick();
    push(body, 'd');
    body.end();
    await done;

    expect(batches).toEqual([['a', 'b'], ['c'], ['d']]);
  });

  it('shows which batch is the last one, if its end came with it', async () => {
    for (const endsLater of [false, true]) {
      const { body } = start();
      const last: unknown[] = [];
      const done = body.forEachBatch((_batch, isLast) => {
        last.push(isLast);
        return undefined;
      });
      push(body, 'a');
      await tick();
      push(body, 'b');
      if (endsLater) await tick();
      body.end();
      await done;
      expect(last).toEqual([false, !endsLater]);
    }
  });

  it('keeps what arrives before it is read', async () => {
    const { body, batches, read } = start();

    push(body, 'a');
    await tick();
    push(body, 'b');
    body.end();
    await read();

    expect(batches).toEqual([['a', 'b']]);
  });

  it('has begun with its first piece, its end, or when that takes too long', async () => {
    const { body, batches, read } = start();
    const begun = body.waitForFirstByte(60_000);
    push(body, 'a');
    await begun;
    expect(body.waitForFirstByte(60_000)).toBeUndefined();
    const empty = start().body;
    const ended = empty.waitForFirstByte(60_000);
    empty.end();
    await ended;
    await start().body.waitForFirstByte(1);
    body.end();
    await read();
    expect(batches).toEqual([['a']]);
  });

  it.each(['before', 'after'])('has not begun when it broke off first, %s the asking', async (when) => {
    const { body } = start();
    const asked = when === 'after' ? undefined : body.waitForFirstByte(60_000);
    body.fail(new Error('broke off'));
    await expect(asked ?? body.waitForFirstByte(60_000)).rejects.toThrow('broke off');
  });

  it.each(['before', 'after'])('may be empty, with its end %s the reading', async (when) => {
    const { body, batches, read } = start();

    if (when === 'before') body.end();
    const done = read();
    body.end();
    await done;

    expect(batches).toEqual([]);
  });

  it.each<[string, BatchConsumer]>([
    [
      'throws',
      () => {
        throw new Error('reader broke');
      },
    ],
    ['rejects', () => Promise.reject(new Error('reader broke'))],
  ])('closes the socket when the reader %s, and hands on no more', async (_how, consume) => {
    const { body, calls } = start();
    let count = 0;
    const done = body.forEachBatch((batch) => {
      count += 1;
      return consume(batch);
    });

    push(body, 'a');
    await expect(done).rejects.toThrow('reader broke');
    push(body, 'b');
    await tick();

    expect(count).toBe(1);
    expect(calls).toContain('cut');
  });

  it('ends where the reader stops it', async () => {
    const { body, batches, calls } = start();
    const done = body.forEachBatch((batch) => {
      batches.push(batch.map(toText));
      body.stop();
      return undefined;
    });

    push(body, 'a');
    await done;
    push(body, 'b');
    body.fail(new Error('closed'));
    await tick();

    expect([batches, calls]).toEqual([[['a']], ['cut']]);
  });

  it('ends where it is stopped from outside', { timeout: 1000 }, async () => {
    const { body, batches, read } = start();
    const done = read();

    push(body, 'a');
    await tick();
    body.stop();
    await done;

    expect(batches).toEqual([['a']]);
  });

  it('closes the socket once, and never after its end', () => {
    const { body, calls } = start();

    body.stop();
    body.stop();
    expect(calls).toHaveLength(1);

    const other = start();
    other.body.end();
    other.body.stop();
    expect(other.calls).toEqual([]);
  });
});

describe('text of a body', () => {
  it('is all of it, with characters that were cut in two', async () => {
    const { body } = start();
    const bytes = new TextEncoder().encode('Grüß 🙂');
    const text = body.text(100);

    for (const byte of bytes) body.push(Uint8Array.of(byte));
    body.end();

    expect(await text).toBe('Grüß 🙂');
  });

  it('is no longer than its limit, and the rest is not fetched', async () => {
    const { body, calls } = start();
    const text = body.text(3);

    push(body, 'ab');
    await tick();
    push(body, 'cdef');

    expect(await text).toBe('abc');
    expect(calls).toEqual(['cut']);
  });

  it('does not end normally when the body broke off', async () => {
    const { body } = start();
    const text = body.text(10);

    push(body, 'a');
    body.fail(new Error('broke off'));

    await expect(text).rejects.toThrow('broke off');
  });
});

/** A body over a socket that notes down what is done to it. */
function start(): { body: UpstreamBody; batches: string[][]; calls: string[]; read: () => Promise<void> } {
  const calls: string[] = [];
  const batches: string[][] = [];
  const body = new UpstreamBody({
    pause: () => calls.push('pause'),
    resume: () => calls.push('resume'),
    onBatch: () => undefined,
    discard: () => calls.push('cut'),
  });
  const read = (): Promise<void> =>
    body.forEachBatch((batch) => {
      batches.push(batch.map(toText));
      return undefined;
    });
  return { body, batches, calls, read };
}

function push(body: UpstreamBody, ...texts: string[]): void {
  for (const text of texts) body.push(new TextEncoder().encode(text));
}

function toText(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

function tick(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
