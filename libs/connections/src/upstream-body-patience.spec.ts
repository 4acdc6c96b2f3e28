import { describe, expect, it } from 'vitest';
import { UpstreamBody } from './upstream-body.js';

describe('body of the upstream that is not read at once, or breaks off', () => {
  it('pauses the socket while the reader asks for patience, and then hands on everything that came', async () => {
    const { body, batches, calls } = start();
    const patience = createPatience();
    const done = body.forEachBatch((batch) => {
      batches.push(batch.map(toText));
      return batches.length === 1 ? patience.promise : undefined;
    });

    push(body, 'a');
    await tick();
    push(body, 'b');
    push(body, 'c');
    await tick();

    expect([batches, calls]).toEqual([[['a']], ['pause']]);
    patience.grant();
    await tick();
    expect([batches, calls]).toEqual([
      [['a'], ['b', 'c']],
      ['pause', 'resume'],
    ]);
    body.end();
    await done;
  });

  it('does not let a socket go on whose body is over', async () => {
    const { body, calls } = start();
    const patience = createPatience();
    const done = body.forEachBatch(() => patience.promise);

    push(body, 'a');
    body.end();
    await tick();
    patience.grant();
    await done;

    expect(calls).toEqual(['pause']);
  });

  it('is not over before the last patience was granted', async () => {
    const { body } = start();
    const patience = createPatience();
    let over = false;
    const done = body.forEachBatch(() => patience.promise).then(() => (over = true));

    push(body, 'a');
    body.end();
    await tick();

    expect(over).toBe(false);
    patience.grant();
    await done;
  });

  it('hands on what came before it broke off, then fails', async () => {
    const { body, batches, read } = start();
    const done = read();

    push(body, 'a');
    body.fail(new Error('broke off'));

    await expect(done).rejects.toThrow('broke off');
    expect(batches).toEqual([['a']]);
  });

  it('hands on what came while the reader was patient, then fails', async () => {
    const { body, batches } = start();
    const patience = createPatience();
    const done = body.forEachBatch((batch) => {
      batches.push(batch.map(toText));
      return batches.length === 1 ? patience.promise : undefined;
    });

    push(body, 'a');
    await tick();
    push(body, 'b');
    body.fail(new Error('broke off'));
    patience.grant();

    await expect(done).rejects.toThrow('broke off');
    expect(batches).toEqual([['a'], ['b']]);
  });

  it('fails for a reader that comes too late', async () => {
    const { body, batches, read } = start();

    push(body, 'a');
    body.fail(new Error('broke off'));

    await expect(read()).rejects.toThrow('broke off');
    expect(batches).toEqual([['a']]);
  });

  it('does not break off after its end', async () => {
    const { body, read } = start();
    const done = read();

    body.end();
    body.fail(new Error('too late'));

    await expect(done).resolves.toBeUndefined();
  });
});

function createPatience(): { promise: Promise<void>; grant: () => void } {
  let grant!: () => void;
  const promise = new Promise<void>((resolve) => (grant = resolve));
  return { promise, grant };
}

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
