import { describe, expect, it } from 'vitest';
import { DECISION_MODELS, DEFAULT_MODELS } from '../../apps/simulator/src/simulator.js';
import type { Seen } from '../support/ask.js';
import { contentOf, defaultDocument, examplesOf, operationsOf, validatorOf } from '../support/openapi.js';
import { withProxy } from '../support/with-proxy.js';

const document = await defaultDocument();
const schemaOf = validatorOf(document);
const operations = operationsOf(document);

describe('the examples of the document', () => {
  const medias = [
    ...operations.flatMap(({ method, path, operation }) =>
      [operation.requestBody, ...Object.values(operation.responses)]
        .flatMap((part) => contentOf(part))
        .map(([type, media]) => ({ at: `${method} ${path} ${type}`, media })),
    ),
    ...Object.entries(document.components?.responses ?? {}).flatMap(([name, response]) =>
      contentOf(response).map(([type, media]) => ({ at: `${name} ${type}`, media })),
    ),
  ];
  const shown = medias.flatMap(({ at, media }) =>
    media.schema ? examplesOf(media).map((value, index) => [`${at} ${index + 1}`, media.schema, value] as const) : [],
  );

  it.each(shown)('%s keeps to its schema', (_at, schema, value) => {
    const validate = schemaOf(schema!);
    expect(validate(value) ? [] : validate.errors).toEqual([]);
  });

  it('are there wherever JSON goes in or out', () => {
    const bare = medias.filter(
      ({ at, media }) => at.endsWith('json') && media.schema !== undefined && examplesOf(media).length === 0,
    );
    expect(bare.map(({ at }) => at)).toEqual([]);
  });
});

describe('the requests of the document, sent as they are', () => {
  const setup = withProxy(
    { apis: ['chat', 'decisions'], models: [...DEFAULT_MODELS, ...DECISION_MODELS] },
    { MODEL_STORE: 'memory' },
  );
  const requests = operations
    // What answers them is another upstream's own API.
    .filter(({ path }) => path !== '/v1/{path}')
    .flatMap((documented) => {
      const bodies = contentOf(documented.operation.requestBody).flatMap(([, media]) => examplesOf(media));
      return (bodies.length > 0 ? bodies : [undefined]).map((body) => ({ ...documented, body }));
    })
    .map((request, index) => [`${index + 1}. ${request.method} ${request.path}`, request] as const);

  it.each(requests)('%s', async (_name, { method, path, operation, body }) => {
    const target = path
      .replace('{digest}', `sha256:${'0'.repeat(64)}`)
      .replace('{key}', 'x')
      .replace('{id}', 'sim-chat');
    const seen = await setup.ask(target, body, { method });
    // The best that the document promises; some operations are always refused.
    const [first = ''] = Object.keys(operation.responses).filter((status) => status.startsWith('2'));
    const own = Object.entries(operation.responses).filter(([, response]) => !('$ref' in (response ?? {})));
    const promised = first === '' ? own.map(([status]) => status) : [first];
    if (/^\/v1\/(responses|messages)$/.test(path)) promised.push('501');
    // Of the digest that stands there no one knows the data.
    // No response is stored under the id.
    if (path.startsWith('/v1/responses/{') || path.startsWith('/v1/adaptations/{')) promised.push('404');
    if (path.startsWith('/api/blobs/')) promised.push(method === 'HEAD' ? '404' : '400');
    expect(promised, seen.text).toContain(String(seen.status));
    const contents = Object.fromEntries(contentOf(operation.responses[seen.status]));
    if (Object.keys(contents).length === 0 || method === 'HEAD') {
      expect(seen.text).toBe('');
      return;
    }
    const type = seen.type.split(';', 1)[0] ?? '';
    expect(Object.keys(contents)).toContain(type);
    const { schema = {} } = contents[type] ?? {};
    const validate = schemaOf(schema);
    for (const piece of piecesOf(seen, type)) expect(validate(piece) ? [] : validate.errors).toEqual([]);
  });
});

/** The values that the schema is about: the object, the lines, or the data of the events. */
function piecesOf({ text, lines }: Seen, type: string): unknown[] {
  if (type === 'text/plain') return [text];
  if (type !== 'text/event-stream') {
    expect(lines.length).toBeGreaterThan(0);
    return lines;
  }
  const data = text.split('\n').filter((line) => line.startsWith('data: '));
  expect(data.at(-1)).toBe('data: [DONE]');
  return data.slice(0, -1).map((line) => JSON.parse(line.slice('data: '.length)) as unknown);
}
