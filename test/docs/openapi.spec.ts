import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { parse } from 'yaml';
import { describe, expect, it } from 'vitest';
import { openApiDocument, openApiJson, openApiYaml } from '../../apps/proxy/src/docs/document.js';

const DOCUMENTS = [
  ['openapi/openapi.json', openApiJson],
  ['openapi/openapi.yaml', openApiYaml],
] as const;

describe('the OpenAPI document', () => {
  it.each(DOCUMENTS)('%s is what the server tells (npm run docs writes it)', (file, render) => {
    if (process.env.UPDATE_DOCS) {
      mkdirSync('openapi', { recursive: true });
      writeFileSync(file, render());
    }
    expect(existsSync(file), `${file} is missing`).toBe(true);
    expect(readFileSync(file, 'utf8')).toBe(render());
  });

  it('is the same in both forms', () => {
    expect(parse(openApiYaml())).toEqual(JSON.parse(openApiJson()));
  });

  it('has the version of the package, the licence and nothing of this machine', () => {
    const { info, servers } = openApiDocument();
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    expect(info).toMatchObject({ version, license: { name: 'MIT' } });
    expect(servers).toMatchObject([{ url: '/' }]);
  });

  it('says of every field of every schema what it means', () => {
    const silent = Object.entries(openApiDocument().components?.schemas ?? {}).flatMap(([name, schema]) => {
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
