import { existsSync, readFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { codeIn, rowsOf } from './markdown.js';

const PAGE = 'docs/protocol.md';
const ID = /^[WCDO]\d+$/;

/** Rows of the tables of rules; the table of versions has other first cells. */
const rules = rowsOf(PAGE).filter(([id = '']) => ID.test(id));
const ids = new Set(rules.map(([id = '']) => id));

/** `protocol W12`, `protocol W12, D3 and C4`; a comment may be wrapped anywhere inside. */
const CITATION = /\bprotocol(?:\s|\*|\/\/)+([WCDO]\d+\b(?:(?:,|\s|\*|\/\/|and|to|protocol)+[WCDO]\d+\b)*)/g;

/** Every text file of the project that people write. */
const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], { encoding: 'utf8' })
  .split('\n')
  .filter((file) => /\.(ts|mjs|js|py|md|ya?ml|json)$/.test(file) && !/^(package-lock\.json|openapi\/)/.test(file))
  .filter((file) => existsSync(file));

function citationsIn(text: string): string[] {
  return [...text.matchAll(CITATION)].flatMap(([, list = '']) => list.match(/[WCDO]\d+/g) ?? []);
}

describe('docs/protocol.md', () => {
  it('gives each rule an id of its own, a reason, and a test that exists', () => {
    expect(rules.length).toBeGreaterThan(100);
    expect(ids.size).toBe(rules.length);
    for (const [id = '', rule = '', reason = '', test = ''] of rules) {
      expect(rule, id).not.toBe('');
      expect(reason, id).not.toBe('');
      const [path = '', ...others] = codeIn(test);
      expect(others, id).toEqual([]);
      expect(path, id).toMatch(/\.spec\.ts$/);
      expect(existsSync(path), `${id}: ${path}`).toBe(true);
    }
  });

  it('refers to no rule that it does not have', () => {
    const reasons = rules.flatMap(([, rule = '', reason = '']) => `${rule} ${reason}`.match(/\b[WCDO]\d+\b/g) ?? []);
    expect(reasons.filter((id) => !ids.has(id))).toEqual([]);
  });
});

describe('citations', () => {
  it('are of rules that docs/protocol.md has', () => {
    const cited = files.flatMap((file) => citationsIn(readFileSync(file, 'utf8')).map((id) => ({ file, id })));
    expect(cited.length).toBeGreaterThan(0);
    expect(cited.filter(({ id }) => !ids.has(id))).toEqual([]);
  });

  it('name no document outside of the repository', () => {
    const foreign = /\b(contract|dialects?|clients|operations|field|stack-notes)(?:\s|\*|\/\/)+(§|rules? \d)|\(rule \d/;
    const others = files.filter((file) => file !== 'test/docs/protocol.spec.ts');
    expect(others.filter((file) => foreign.test(readFileSync(file, 'utf8')))).toEqual([]);
  });

  it('are found in lists and across wrapped lines', () => {
    expect(citationsIn('(protocol W1)')).toEqual(['W1']);
    expect(citationsIn('protocol D24, D27 and protocol O1.')).toEqual(['D24', 'D27', 'O1']);
    expect(citationsIn(' * see protocol\n * W12, C3')).toEqual(['W12', 'C3']);
  });
});
