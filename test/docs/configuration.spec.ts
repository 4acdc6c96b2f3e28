import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { declaredVariables, Environment, readEnvironment } from '#config';
import { renderConfiguration, renderEnvExample } from './render-configuration.js';

const DOCUMENTS = [
  ['docs/configuration.md', renderConfiguration],
  ['.env.example', renderEnvExample],
] as const;

describe('the documents of the configuration', () => {
  it.each(DOCUMENTS)('%s says what the code declares (npm run docs writes it)', (file, render) => {
    if (process.env.UPDATE_DOCS) writeFileSync(file, render());
    expect(readFileSync(file, 'utf8')).toBe(render());
  });

  it('leaves out no variable', () => {
    const names = declaredVariables().map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toEqual(expect.arrayContaining(Object.keys(new Environment())));
  });

  it('shows an example that is valid once the comments are taken away', () => {
    const lines = renderEnvExample()
      .split('\n')
      .map((line) => line.replace(/^# (?=[A-Z_]+=)/, ''))
      .filter((line) => /^[A-Z_]+=/.test(line));
    expect(() =>
      readEnvironment(Object.fromEntries(lines.map((line) => line.split(/=(.*)/s).slice(0, 2)))),
    ).not.toThrow();
  });
});
