import type { AxiosAdapter } from 'axios';
import { AxiosError, AxiosHeaders } from 'axios';
import type { Dispatcher } from 'undici';
import { send } from './transport.js';
import type { UpstreamBody } from './upstream-body.js';

/**
 * axios over our own transport, so that every call to a backend has the same sockets and clocks. `data` of the response
 * is an UpstreamBody.
 */
export function undiciAdapter(dispatcher: Dispatcher, idleMs: number, secrets: readonly string[]): AxiosAdapter {
  return async (config) => {
    const url = new URL(config.url ?? '');
    const { status, headers, body } = await send(dispatcher, {
      origin: url.origin,
      path: url.pathname + url.search,
      method: 'GET',
      headers: config.headers.toJSON() as Record<string, string>,
      body: null,
      signal: config.signal instanceof AbortSignal ? config.signal : undefined,
      firstByteMs: config.timeout ?? 0,
      idleMs,
      totalMs: 0,
    });
    const response = {
      data: body,
      status,
      statusText: '',
      headers: new AxiosHeaders(headers as Record<string, string>),
      config,
      request: null,
    };
    if (status < 300) return response;
    const text = await readRefusal(body, secrets);
    throw new AxiosError(`status ${status}`, AxiosError.ERR_BAD_RESPONSE, config, null, { ...response, data: text });
  };
}

/** What is read of a body that explains a refusal. */
const MAX_ERROR_BODY = 64 * 1024;

/** The text sent with a refusal, as far as it came, without what must not be seen: it goes to logs and clients. */
export async function readRefusal(body: UpstreamBody, secrets: readonly string[]): Promise<string> {
  const text = await body.text(MAX_ERROR_BODY).catch(() => '');
  return secrets.reduce((clean, secret) => clean.replaceAll(secret, '***'), text);
}
