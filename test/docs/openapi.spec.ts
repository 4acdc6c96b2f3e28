import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { parse } from 'yaml';
import { describe, expect, it } from 'vitest';
import { toJson, toYaml } from '../../apps/proxy/src/docs/document.js';
import { toLlmsText } from '../../apps/proxy/src/docs/llms-text.js';
import { defaultDocument, operationsOf } from '../support/openapi.js';
import { proseOf } from './markdown.js';
import { renderApi } from './render-api.js';

const document = await defaultDocument();

/** The pages that the README names, each with what is written of it there, else with its title. */
const pages = (() => {
  const found = new Map<string, string>();
  for (const [, path = '', text = ''] of proseOf('README.md').matchAll(/\]\((docs\/[\w-]+\.md)\)(?:: ([^;|[]+))?/g)) {
    const words = text.trim().replace(/,$/, '') || found.get(path);
    found.set(path, words ?? /^# (.+)/.exec(proseOf(path))?.[1] ?? path);
  }
  return [...found].map(([path, text]) => ({ path, text }));
})();

const DOCUMENTS = [
  ['openapi/openapi.json', toJson],
  ['openapi/openapi.yaml', toYaml],
  ['docs/api.md', renderApi],
  ['llms.txt', (api: typeof document) => toLlmsText(api, pages)],
] as const;

describe('the OpenAPI document', () => {
  it.each(DOCUMENTS)('%s matches the server (npm run docs writes it)', (file, render) => {
    if (process.env.UPDATE_DOCS) {
      mkdirSync('openapi', { recursive: true });
      writeFileSync(file, render(document));
    }
    expect(existsSync(file), `${file} is missing`).toBe(true);
    expect(readFileSync(file, 'utf8')).toBe(render(document));
  });

  it('is the same in both forms', () => {
    expect(parse(toYaml(document))).toEqual(JSON.parse(toJson(document)));
  });

  it('has the version of the package, the licence and nothing of this machine', () => {
    const { info, servers } = document;
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    expect(info).toMatchObject({ version, license: { name: 'MIT' } });
    expect(servers).toMatchObject([{ url: '/' }]);
  });

  it('says of every field of every schema what it means', () => {
    const silent = Object.entries(document.components?.schemas ?? {}).flatMap(([name, schema]) => {
      const { description, properties = {} } = schema as {
        description?: string;
        properties?: Record<string, { description?: string }>;
      };
      const fields = Object.entries(properties).filter(([, field]) => !field.description);
      return [...(description ? [] : [name]), ...fields.map(([field]) => `${name}.${field}`)];
    });
    expect(silent).toEqual([]);
  });

  it('says for whom each operation is, and what it does', () => {
    const silent = operationsOf(document).filter(({ operation: { description = '', summary } }) => {
      return !summary || !/^For [^\n]+\./.test(description);
    });
    expect(silent.map(({ method, path }) => `${method} ${path}`)).toEqual([]);
  });

  it('has no fault that the linter knows', { timeout: 60_000 }, () => {
    const redocly = 'node_modules/@redocly/cli/bin/cli.js';
    const lint = (): string =>
      execFileSync(process.execPath, [redocly, 'lint', 'openapi/openapi.yaml', '--format=stylish'], {
        encoding: 'utf8',
        stdio: 'pipe',
        env: { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' },
      });
    expect(lint).not.toThrow();
  });
});
