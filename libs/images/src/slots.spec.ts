import { describe, expect, it } from 'vitest';
import { Slots } from './slots.js';

const live = new AbortController().signal;

describe('slots', () => {
  it('run as many tasks as there are, the others in their order', async () => {
    const slots = new Slots(2);
    const started: number[] = [];
    const ends: (() => void)[] = [];
    const runs = [0, 1, 2, 3].map((task) =>
      slots.run(live, () => {
        started.push(task);
        return new Promise<void>((resolve) => ends.push(resolve));
      }),
    );
    await Promise.resolve();
    expect(started).toEqual([0, 1]);
    ends[1]?.();
    await runs[1];
    await Promise.resolve();
    expect(started).toEqual([0, 1, 2]);
    ends[0]?.();
    await runs[0];
    await Promise.resolve();
    expect(started).toEqual([0, 1, 2, 3]);
    for (const end of ends) end();
    await Promise.all(runs);
  });

  it('free the slot of a task that fails', async () => {
    const slots = new Slots(1);
    await expect(slots.run(live, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    await expect(slots.run(live, () => Promise.resolve(1))).resolves.toBe(1);
  });

  it('are not taken by a task whose request was aborted', async () => {
    const slots = new Slots(1);
    let end = (): void => undefined;
    const first = slots.run(live, () => new Promise<void>((resolve) => (end = resolve)));
    const controller = new AbortController();
    const second = slots.run(controller.signal, () => Promise.resolve('ran'));
    const third = slots.run(live, () => Promise.resolve('third'));
    controller.abort(new Error('gone'));
    await expect(second).rejects.toThrow('gone');
    end();
    await first;
    await expect(third).resolves.toBe('third');
    await expect(slots.run(controller.signal, () => Promise.resolve())).rejects.toThrow('gone');
  });
});
