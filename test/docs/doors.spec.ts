import { afterEach, describe, expect, it, vi } from 'vitest';
import { LagMeter } from '../../apps/proxy/src/edge/refuse-overload.js';
import type { Documented } from '../support/openapi.js';
import { contentOf, defaultDocument, operationsOf, validatorOf } from '../support/openapi.js';
import { withProxy } from '../support/with-proxy.js';

const KEY = 'key-of-the-doors-suite';
const document = await defaultDocument();
const schemaOf = validatorOf(document);
const setup = withProxy({}, { PROXY_API_KEYS: KEY, RATE_LIMIT_REQUESTS: '1', RATE_LIMIT_WINDOW: '3600' });
const operations = operationsOf(document).map(
  (documented) => [`${documented.method} ${documented.path}`, documented] as const,
);

const targetOf = ({ path }: Documented): string =>
  path
    .replace('{digest}', `sha256:${'0'.repeat(64)}`)
    .replace(/\{(key|id)\}/, 'sim-chat')
    .replace('{path}', 'files');

async function send(documented: Documented, headers: Record<string, string>) {
  const body = documented.method === 'POST' ? '{}' : undefined;
  return setup.ask(targetOf(documented), body, { method: documented.method, headers });
}

/** What the document says of a status, references followed; with a schema the body has to keep to it. */
function check({ method, operation }: Documented, status: number, text: string): Record<string, unknown> {
  const documentedResponse = operation.responses[status];
  expect(documentedResponse, `${status} is documented`).toBeDefined();
  const name =
    documentedResponse && '$ref' in documentedResponse ? documentedResponse.$ref.split('/').at(-1) : undefined;
  const response = name === undefined ? documentedResponse : document.components?.responses?.[name];
  const [[, media] = []] = contentOf(response);
  expect(media === undefined).toBe(method === 'HEAD');
  if (media?.schema) {
    const validate = schemaOf(media.schema);
    expect(validate(JSON.parse(text)) ? [] : validate.errors).toEqual([]);
    expect(Object.keys(media).some((key) => key.startsWith('example'))).toBe(true);
  }
  return (response as { headers?: Record<string, unknown> }).headers ?? {};
}

afterEach(() => vi.restoreAllMocks());

describe.each(operations)('%s', (_name, documented) => {
  const { security } = documented.operation;

  it('requires a key as documented', async () => {
    const { status, text, headers } = await send(documented, {});
    expect(status === 401).toBe(security === undefined);
    if (status !== 401) return;
    expect(headers.get('www-authenticate')).toBe('Bearer');
    expect(check(documented, 401, text)).toHaveProperty('WWW-Authenticate');
  });

  it('is limited as documented', async () => {
    await setup.ask('/api/show', { model: 'sim-chat' }, { headers: { 'x-api-key': KEY } });
    const { status, text, headers } = await send(documented, { 'x-api-key': KEY });
    expect(status === 429).toBe('429' in documented.operation.responses);
    if (status !== 429) return;
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    expect(check(documented, 429, text)).toHaveProperty('Retry-After');
  });

  it('is refused by a busy process as documented', async () => {
    vi.spyOn(LagMeter.prototype, 'isOverloaded', 'get').mockReturnValue(true);
    const { status, text, headers } = await send(documented, { 'x-api-key': KEY });
    const isGuarded = '503' in documented.operation.responses && !/^\/readyz?$/.test(documented.path);
    expect(status === 503).toBe(isGuarded);
    if (status !== 503) return;
    expect(headers.get('retry-after')).toBe('1');
    expect(check(documented, 503, text)).toHaveProperty('Retry-After');
  });
});

it('a key is in one of three headers, or absent if not required', () => {
  expect(document.security).toEqual([{}, { bearer: [] }, { xApiKey: [] }, { apiKey: [] }]);
  expect(document.components?.securitySchemes).toMatchObject({
    bearer: { type: 'http', scheme: 'bearer' },
    xApiKey: { type: 'apiKey', in: 'header', name: 'x-api-key' },
    apiKey: { type: 'apiKey', in: 'header', name: 'api-key' },
  });
});
