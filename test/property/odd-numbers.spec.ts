import type { Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask } from '../support/ask.js';
import type { RunningProxy } from '../support/start-proxy.js';
import { startProxy } from '../support/start-proxy.js';
import { readChunks } from './read-stream.js';
import { runs } from './seed.js';

/** Numbers as JSON text, since JavaScript cannot write some of them. */
const ODD = [
  '"12"',
  '""',
  '12.5',
  '-3',
  '-0',
  '1e999',
  '-1e999',
  '1e300',
  '9007199254740993',
  'null',
  '{}',
  '[7]',
  'true',
];

const oddNumber = fc.oneof(
  fc.constantFrom(...ODD),
  fc.double().map((value) => (Number.isFinite(value) ? String(value) : '1e999')),
  fc.jsonValue({ maxDepth: 2 }).map((value) => JSON.stringify(value)),
);

/** Everything in a response that is counted or measured. */
const USAGE_FIELDS = [
  ...['prompt_tokens', 'completion_tokens', 'total_tokens', 'input_tokens', 'output_tokens'],
  ...['prompt_time', 'completion_time', 'total_time'],
];
const TIMINGS = ['cache_n', 'prompt_n', 'predicted_n', 'prompt_ms', 'predicted_ms'];

const objectOf = (keys: readonly string[]): fc.Arbitrary<string> =>
  fc
    .tuple(...keys.map((key) => fc.option(oddNumber.map((value) => `"${key}":${value}`))))
    .map((fields) => `{${fields.filter((field) => field !== null).join(',')}}`);

const detailed = fc
  .tuple(objectOf(USAGE_FIELDS), objectOf(['cached_tokens']), objectOf(['reasoning_tokens']))
  .map(([counts, prompt, completion]) =>
    [
      ...(counts === '{}' ? [] : [counts.slice(1, -1)]),
      `"prompt_tokens_details":${prompt},"completion_tokens_details":${completion}`,
    ].join(','),
  )
  .map((fields) => `{${fields}}`);
const usage = fc.oneof({ weight: 4, arbitrary: detailed }, oddNumber);

/** The numbers at the end of a response, in the fields that upstreams use. */
const numbers = fc
  .tuple(
    usage,
    fc.constantFrom('usage', 'x_groq'),
    fc.option(objectOf(TIMINGS)),
    fc.option(objectOf(['prompt_time', 'completion_time'])),
  )
  .map(([value, place, timings, times]) =>
    [
      place === 'usage' ? `"usage":${value}` : `"x_groq":{"usage":${value}}`,
      ...(timings === null ? [] : [`"timings":${timings}`]),
      ...(times === null ? [] : [`"time_info":${times}`]),
    ].join(','),
  );

const isCount = (value: unknown): boolean => value === undefined || (Number.isSafeInteger(value) && Number(value) >= 0);

describe('numbers of an upstream that are none', () => {
  it('never become counts or durations of a completion', () => {
    fc.assert(
      fc.property(numbers, fc.boolean(), (fields, whole) => {
        const finish = '"choices":[{"index":0,"finish_reason":"stop"';
        const body = whole
          ? `{${finish},"message":{"content":"Hi"}}],${fields}}`
          : `data: {"choices":[{"index":0,"delta":{"content":"Hi"}}]}\n\ndata: {${finish},"delta":{}}],${fields}}\n\n`;
        for (const path of ['/chat/completions', '/completions'] as const) {
          const { end, failure } = readChunks({ path, type: '' }, [Buffer.from(body)]);
          expect(failure).toBeUndefined();
          expect(Object.entries(end ?? {}).filter(([key, value]) => key !== 'reason' && !isCount(value))).toEqual([]);
        }
      }),
      runs(2000),
    );
  });
});

describe('numbers of an upstream that are none, over HTTP', () => {
  let upstream: Server;
  let proxy: RunningProxy;
  let fields = '';

  beforeAll(async () => {
    upstream = createServer((request, response) => {
      request.resume().on('end', () => {
        response.setHeader('content-type', 'application/json');
        response.end(bodyFor(request.url ?? '', fields));
      });
    });
    await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve));
    const { port } = upstream.address() as AddressInfo;
    proxy = await startProxy(`http://127.0.0.1:${String(port)}/v1`, { RATE_LIMIT_TOKENS: '100000000000' });
  });

  afterAll(async () => {
    await proxy.close();
    upstream.closeAllConnections();
    await new Promise((resolve) => upstream.close(resolve));
  });

  const messages = [{ role: 'user', content: 'x' }];
  const REQUESTS: readonly (readonly [string, object])[] = [
    ['/api/chat', { messages, stream: false }],
    ['/api/generate', { prompt: 'x', stream: false }],
    ['/api/embed', { input: 'x' }],
    ['/v1/chat/completions', { messages }],
    ['/v1/embeddings', { input: 'x' }],
    ['/v1/responses', { input: 'x' }],
    ['/v1/messages', { messages, max_tokens: 5 }],
  ];

  it('reach neither clients, metrics nor limits', { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(numbers, async (odd) => {
        fields = odd;
        for (const [path, body] of REQUESTS) {
          const { status, text, lines, headers } = await ask(`${proxy.url}${path}`, { model: 'm', ...body });
          expect(status, `${path}: ${text}`).toBe(200);
          expect(headers.get('x-ratelimit-remaining-tokens') ?? '0', path).toMatch(/^\d+$/);
          if (!path.startsWith('/api/')) continue;
          const counts = Object.entries(lines[0] ?? {}).filter(([key]) => /_(count|duration)$/.test(key));
          expect(
            counts.filter(([, value]) => !isCount(value)),
            text,
          ).toEqual([]);
        }
        const metrics = await ask(`${proxy.url}/metrics`);
        expect(metrics.status).toBe(200);
        expect(metrics.text).not.toMatch(/^llmproxy_tokens_total.* (?!\d+$)/m);
        expect((await ask(`${proxy.url}/v1/metrics/summary`)).status).toBe(200);
      }),
      { ...runs(60), endOnFailure: true },
    );
  });
});

function bodyFor(url: string, fields: string): string {
  if (url.endsWith('/models')) return '{"data":[{"id":"m"}]}';
  if (url.endsWith('/embeddings')) return `{"data":[{"index":0,"embedding":[1,0]}],${fields}}`;
  const content = '"choices":[{"index":0,"message":{"content":"Hi"},"text":"Hi","finish_reason":"stop"}]';
  return `{"id":"r","model":"m",${content},${fields}}`;
}
