import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { declaredVariables, Environment, readEnvironment } from '#config';
import { codeIn, documents, proseOf } from './markdown.js';
import { renderChartSchema, renderConfiguration, renderEnvExample } from './render-configuration.js';

const DOCUMENTS = [
  ['docs/configuration.md', renderConfiguration],
  ['.env.example', renderEnvExample],
  ['deploy/helm/values.schema.json', renderChartSchema],
] as const;

/** Variables that others read: clients, the simulator, the tests, workflows, the Python service. */
const OF_OTHERS =
  /^(OLLAMA_(HOST|API_KEY|BASE_URL)|SIMULATOR_[A-Z_]+|LIVE_[A-Z_]+|(CHAT|EMBED)_MODEL|ANTHROPIC_[A-Z_]+|COPILOT_[A-Z_]+|PROXY_KEY|CLOUD_KEY|YOUR_KEY|GITHUB_(SHA|REF)|INSTANCE_ID|CLUSTER_MODE|SSL_CERTS_PATH|DIALECT_NAMES|OTEL_[A-Z_]+|RELEASE_TOKEN|PUBLISH_NPM|COMPOSE_PROFILES)$/;

describe('the variables that documents name', () => {
  const names = declaredVariables().flatMap(({ name, aliases = [] }) => [name, ...aliases]);

  it.each(documents.filter((file) => !file.startsWith('docs/decisions/')))('%s', (file) => {
    const named = codeIn(proseOf(file)).flatMap((code) => code.match(/\b[A-Z]{2,}(_[A-Z]+)+\b/g) ?? []);
    expect(named.filter((name) => !names.includes(name) && !OF_OTHERS.test(name))).toEqual([]);
  });
});

describe('the documents of the configuration', () => {
  it.each(DOCUMENTS)('%s matches the code (npm run docs writes it)', async (file, render) => {
    const text = await render();
    if (process.env.UPDATE_DOCS) writeFileSync(file, text);
    expect(readFileSync(file, 'utf8')).toBe(text);
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
