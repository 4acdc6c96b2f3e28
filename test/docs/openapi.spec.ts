import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { parse } from 'yaml';
import { describe, expect, it } from 'vitest';
import { toJson, toYaml } from '../../apps/proxy/src/docs/document.js';
import { defaultDocument } from '../support/openapi.js';

const document = await defaultDocument();

const DOCUMENTS = [
  ['openapi/openapi.json', toJson],
  ['openapi/openapi.yaml', toYaml],
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
