import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { checkSubject } from '../../scripts/check-commits.mjs';

describe('the subject of a commit', () => {
  it.each([
    'feat: serve /api/ps',
    'fix(limits): count cached tokens',
    'refactor(json-bytes)!: rename a function',
    `docs: ${'x'.repeat(66)}`,
  ])('is accepted: %s', (subject) => {
    expect(checkSubject(subject)).toBeUndefined();
  });

  it.each([
    ['Fix the limits', /type\(scope\)/],
    ['fix the limits', /type\(scope\)/],
    ['fix:no space', /type\(scope\)/],
    ['fix(): no scope', /type\(scope\)/],
    ['fix(Limits): upper case', /type\(scope\)/],
    ['feature: unknown type', /type\(scope\)/],
    ['fix: full stop.', /type\(scope\)/],
    ['fix: ', /type\(scope\)/],
    [`docs: ${'x'.repeat(67)}`, /at most 72 characters, has 73/],
  ])('is rejected: %s', (subject, mistake) => {
    expect(checkSubject(subject)).toMatch(mistake);
  });

  it('is checked by both CI definitions, with the whole history', () => {
    const workflow = readFileSync('.github/workflows/ci.yml', 'utf8');
    expect(workflow).toContain('run: npm run check:commits');
    expect(workflow).toContain('fetch-depth: 0');
    expect(readFileSync('.ci/run', 'utf8')).toContain('npm run check:commits');
  });
});
