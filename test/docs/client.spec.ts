import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import openapiTS, { astToString } from 'openapi-typescript';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withProxy } from '../support/with-proxy.js';

/** A program as somebody may write it against the types that are generated from the committed document. */
const PROGRAM = `
import createClient from 'openapi-fetch';
import type { components, paths } from './schema.js';

type Listed = components['schemas']['ListedModel'];

function given<Data>(answer: { data?: Data; error?: unknown; response: Response }): Data {
  if (answer.data === undefined) throw new Error(String(answer.response.status) + ' ' + JSON.stringify(answer.error));
  return answer.data;
}

export async function run(baseUrl: string) {
  const client = createClient<paths>({ baseUrl });
  const version: string = given(await client.GET('/api/version')).version;
  const models: Listed[] = given(await client.GET('/api/tags')).models;
  const shown = given(await client.POST('/api/show', { body: { model: 'sim-chat' } }));
  const length: unknown = shown.model_info['sim.context_length'];
  const answer = given(
    await client.POST('/api/chat', {
      body: { model: 'sim-chat', messages: [{ role: 'user', content: 'Hello' }], stream: false, think: false, keep_alive: '5m' },
    }),
  );
  const content: string = answer.message.content;
  const vectors: number[][] = given(await client.POST('/api/embed', { body: { model: 'sim-embed', input: ['a', 'b'] } })).embeddings;
  const ids: string[] = given(await client.GET('/v1/models')).data.map(({ id }) => id);
  const refused = await client.POST('/api/chat', { body: { model: 'nope', stream: false, messages: [{ role: 'user', content: 'x' }] } });
  return { version, names: models.map(({ name }) => name), length, content, done: answer.done, vectors, ids, refused: refused.error };
}
`;

/** Mistakes that the types have to find, one a line. */
const MISTAKES = `
import createClient from 'openapi-fetch';
import type { paths } from './schema.js';
const client = createClient<paths>({ baseUrl: '' });
await client.POST('/api/chat', { body: { messages: [] } });
await client.POST('/api/chat', { body: { model: 1 } });
await client.POST('/api/chat', { body: { model: 'm', think: 1 } });
await client.GET('/api/nothing');
`;

interface Outcome {
  version: string;
  names: string[];
  length: number;
  content: string;
  done: boolean;
  vectors: number[][];
  ids: string[];
  refused: unknown;
}

/** Lines of a file at which the compiler finds a mistake; the file is compiled beside it. */
function compile(file: string): string[] {
  const program = ts.createProgram([file], {
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.NodeNext,
    strict: true,
    exactOptionalPropertyTypes: true,
    // The packages' own declarations are not ours to judge.
    skipLibCheck: true,
    types: ['node'],
  });
  const found = [...ts.getPreEmitDiagnostics(program), ...program.emit().diagnostics];
  return found.map(({ file: at, start = 0, messageText }) => {
    const line = at ? at.getLineAndCharacterOfPosition(start).line : 0;
    return `${line}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
  });
}

describe('a client generated from openapi/openapi.json', () => {
  const setup = withProxy();
  let folder: string;

  beforeAll(async () => {
    const cache = join(process.cwd(), 'node_modules/.cache');
    mkdirSync(cache, { recursive: true });
    // Inside of the project, so that the program finds its packages.
    folder = mkdtempSync(join(cache, 'openapi-client-'));
    // What has a default may be left out; the generator takes answers for the rule and would demand it.
    const types = await openapiTS(readFileSync('openapi/openapi.json', 'utf8'), { defaultNonNullable: false });
    writeFileSync(join(folder, 'schema.ts'), astToString(types));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it('compiles and talks to the proxy', { timeout: 60_000 }, async () => {
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
    writeFileSync(join(folder, 'program.ts'), PROGRAM);
    expect(compile(join(folder, 'program.ts'))).toEqual([]);
    const { run } = (await import(/* @vite-ignore */ pathToFileURL(join(folder, 'program.js')).href)) as {
      run: (baseUrl: string) => Promise<Outcome>;
    };
    const outcome = await run(setup.proxy.url);
    expect(outcome).toMatchObject({
      version: '0.40.2',
      names: expect.arrayContaining(['sim-chat:latest', 'sim-embed:latest']),
      length: 32_768,
      content: expect.stringMatching(/./),
      done: true,
      ids: expect.arrayContaining(['sim-chat', 'vendor/sim-large:free']),
      refused: { error: "model 'nope' not found" },
    });
    expect(outcome.vectors.map(({ length }) => length)).toEqual([64, 64]);
  });

  it('rejects wrong requests at compile time', { timeout: 60_000 }, () => {
    writeFileSync(join(folder, 'mistakes.ts'), MISTAKES);
    const lines = compile(join(folder, 'mistakes.ts')).map((text) => Number.parseInt(text, 10));
    expect(new Set(lines)).toEqual(new Set([4, 5, 6, 7]));
  });
});
