import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { FIELD_NAMES } from '#observability';

it('docs/logs.md has the names of every field by convention', () => {
  const text = readFileSync('docs/logs.md', 'utf8');
  const rows = [...text.matchAll(/^\| `(\w+)` \|.*\| `([\w.]+)` \| `([\w.]+)` \|$/gm)];
  const documented = rows.map(([, name, otel, ecs]) => [name!, { otel: otel!, ecs: ecs! }] as const);
  expect(documented.length).toBeGreaterThan(15);
  for (const [name, names] of documented) {
    expect(names, name).toEqual(FIELD_NAMES[name] ?? { otel: `llmproxy.${name}`, ecs: `llmproxy.${name}` });
  }
  expect(documented.map(([name]) => name)).toEqual(expect.arrayContaining(Object.keys(FIELD_NAMES)));
});
