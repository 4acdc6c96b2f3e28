import type { AxiosAdapter, AxiosInstance } from 'axios';
import axios, { AxiosError, AxiosHeaders, isCancel } from 'axios';
import type { Dispatcher } from 'undici';
import type { UpstreamSettings } from '#config';
import { ClientClosedError } from '#errors';
import { readErrorBody } from './read-error-body.js';
import { send } from './transport.js';
import { toStatusError } from './upstream-failure.js';

/** What axios asks with, and what it must not tell. */
interface ClientOptions {
  readonly dispatcher: Dispatcher;
  readonly clocks: Pick<UpstreamSettings, 'firstByteMs' | 'idleMs'>;
  readonly headers: Readonly<Record<string, string>>;
  readonly secrets: readonly string[];
}

/** axios for one backend. Only lists and descriptions go this way, so this file is loaded with the first of them. */
export function createClient({ dispatcher, clocks, headers, secrets }: ClientOptions): AxiosInstance {
  return axios.create({
    adapter: undiciAdapter(dispatcher, clocks.idleMs, secrets),
    transformRequest: [],
    transformResponse: [],
    timeout: clocks.firstByteMs,
    headers,
  });
}

/** The failure inside one of axios, for `toProxyException`; any other as it is. */
export function unwrap(error: unknown): unknown {
  if (isCancel(error)) return new ClientClosedError();
  if (!(error instanceof AxiosError)) return error;
  const { response, cause } = error;
  if (!response) return cause ?? new Error(error.message);
  return toStatusError(
    response.status,
    response.headers,
    typeof response.data === 'string' ? response.data : '',
    false,
  );
}

/**
 * axios over our own transport, so that every call to a backend has the same sockets and clocks. `data` of the response
 * is an UpstreamBody.
 */
function undiciAdapter(dispatcher: Dispatcher, idleMs: number, secrets: readonly string[]): AxiosAdapter {
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
    const text = await readErrorBody(body, secrets);
    throw new AxiosError(`status ${status}`, AxiosError.ERR_BAD_RESPONSE, config, null, { ...response, data: text });
  };
}
