import { describe, expect, it } from 'vitest';
import { LinkedList } from './linked-list.js';

describe('a linked list', () => {
  it.each([
    [[0], [1, 2, 3]],
    [[3], [0, 1, 2]],
    [
      [1, 2],
      [0, 3],
    ],
    [[2, 1, 0], [3]],
    [[0, 1, 2, 3], []],
    [
      [1, 1, 1],
      [0, 2, 3],
    ],
  ])('without %j has %j, in order', (removed, left) => {
    const list = new LinkedList<number>();
    const entries = [0, 1, 2, 3].map((value) => list.add(value));
    for (const at of removed) list.remove(entries[at] ?? list.add(-1));

    expect(list.values()).toEqual(left);
    expect(list.size).toBe(left.length);
    list.add(9);
    expect(list.values()).toEqual([...left, 9]);
  });

  it('has no references to others in an entry that was removed', () => {
    const list = new LinkedList<number>();
    const [, second] = [1, 2, 3].map((value) => list.add(value));
    if (second) list.remove(second);

    expect([second?.previous, second?.next]).toEqual([undefined, undefined]);
  });
});
