import { describe, expect, it } from 'vitest';
import type { ModelEntry } from '#models';
import { ModelListCache } from './model-list-cache.js';
import { ModelAccess } from '../auth/model-access.js';

const list = (...names: string[]): ModelEntry[] => names.map((name) => ({ name }) as ModelEntry);

function countingLists(): { lists: ModelListCache; made: () => number } {
  let made = 0;
  const lists = new ModelListCache((entries) => {
    made += 1;
    return entries.map(({ name }) => name);
  });
  return { lists, made: () => made };
}

const parse = (json: Uint8Array): unknown => JSON.parse(Buffer.from(json).toString());

describe('texts of model lists', () => {
  it('are made once for a list and for who may see what of it', () => {
    const { lists, made } = countingLists();
    const [all, few] = [new ModelAccess(), new ModelAccess(['a*'])];
    const models = list('a:latest', 'b:latest', 'ä:latest');
    for (let turn = 0; turn < 3; turn += 1) {
      expect(parse(lists.json(models, all))).toEqual(['a:latest', 'b:latest', 'ä:latest']);
      expect(parse(lists.json(models, few))).toEqual(['a:latest']);
    }
    expect(made()).toBe(2);
  });

  it('are rebuilt for another list', () => {
    const { lists } = countingLists();
    const all = new ModelAccess();
    expect(parse(lists.json(list('a'), all))).toEqual(['a']);
    expect(parse(lists.json(list('b'), all))).toEqual(['b']);
  });

  it('are kept for so many callers and no more', () => {
    const { lists, made } = countingLists();
    const models = list('a');
    const callers = Array.from({ length: 51 }, () => new ModelAccess(['a']));
    for (const caller of callers) lists.json(models, caller);
    lists.json(models, callers.at(-1)!);
    expect(made()).toBe(51);
    lists.json(models, callers[0]!);
    expect(made()).toBe(52);
  });
});
