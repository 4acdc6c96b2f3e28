import { existsSync, globSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { codeIn, proseOf, rowsOf } from './markdown.js';

const FILE = 'docs/requirements.md';
/** A name of the repository, a path of the server, a script. */
const isFound = (code: string): boolean =>
  code.startsWith('npm run ') ||
  (code.startsWith('/') && !code.includes('.')) ||
  existsSync(code) ||
  globSync(code).length > 0;

describe('the requirements', () => {
  const rows = rowsOf(FILE);

  it.each(rows)('%s: has an answer that can be looked up', (_requirement, answer = '') => {
    // links.spec.ts checks that the targets exist.
    const isLinked = /\]\([^)]+\)/.test(answer);
    expect([answer, isLinked || codeIn(answer).some(isFound)]).toEqual([answer, true]);
  });

  it('without an answer are listed with the reason', () => {
    const [, open = ''] = proseOf(FILE).split('## Without an answer');
    const items = open.split('\n- ').slice(1);
    expect(items.length).toBeGreaterThan(0);
    for (const item of items) expect(item.trim()).toMatch(/\w.*[;:,.].*\w/s);
  });

  it('cover the product and the architecture', () => {
    expect(rows.length).toBeGreaterThan(40);
    expect(rows.every(([requirement, answer]) => requirement !== '' && answer !== '')).toBe(true);
  });
});
