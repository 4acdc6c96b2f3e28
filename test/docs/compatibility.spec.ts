import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

describe('docs/compatibility.md', () => {
  it('lists every deliberate difference with its reason', () => {
    const document = readFileSync('docs/compatibility.md', 'utf8');
    const divergences = JSON.parse(readFileSync('test/conformance/divergences.json', 'utf8')) as Record<string, string>;
    for (const [name, reason] of Object.entries(divergences)) expect(document).toContain(`| \`${name}\` | ${reason} |`);
    expect(Object.keys(divergences).length).toBeLessThanOrEqual(15);
  });
});
