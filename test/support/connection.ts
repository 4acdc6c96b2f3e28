import type { UpstreamSettings } from '#config';
import type { UpstreamRequestContext } from '#connections';
import { readJson, UpstreamConnection } from '#connections';

/** A connection to a server of a test, with everything that the test does not care about. */
export function connectTo(
  port: number,
  more: Partial<UpstreamSettings> & { apiKey?: string } = {},
): UpstreamConnection {
  const { apiKey, ...settings } = more;
  return new UpstreamConnection(
    {
      name: 'test',
      fieldNames: { baseUrl: 'BASE_URL', key: 'KEY' },
      baseUrl: `http://127.0.0.1:${port}/v1`,
      query: '',
      headers: apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` },
      auth: 'proxy',
      keyHeader: 'authorization',
      dialect: undefined,
      priority: 0,
      weight: 1,
      models: undefined,
      apis: undefined,
      prices: undefined,
      tls: { verify: true },
      connectMs: 1000,
      firstByteMs: 5000,
      idleMs: 5000,
      totalMs: 60_000,
      maxRetries: 0,
      limits: { concurrency: 0, queue: 0, queueMs: 1000 },
      breakerEnabled: false,
      ...settings,
    },
    { payloads: false },
    'ollama-openai-proxy-test',
  );
}

/** Sends JSON and reads the whole JSON answer. */
export async function postJson(
  client: UpstreamConnection,
  path: string,
  body: object,
  call: UpstreamRequestContext,
): Promise<unknown> {
  return readJson(await client.post(path, body, { context: call }));
}
