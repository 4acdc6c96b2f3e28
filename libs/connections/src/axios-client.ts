import type { AxiosAdapter, AxiosInstance } from 'axios';
import axios, { AxiosError, AxiosHeaders, isCancel } from 'axios';
import type { Dispatcher } from 'undici';
import type { UpstreamSettings } from '#config';
import { ClientClosedError } from '#errors';
import { readErrorBody } from './read-error-body.js';
import { send } from './transport.js';
import type { ErrorResponse } from './upstream-failure.js';
import { toStatusError } from './upstream-failure.js';

interface ClientOptions {
  readonly dispatcher: Dispatcher;
  readonly timeouts: Pick<UpstreamSettings, 'firstByteMs' | 'idleMs'>;
  readonly headers: Readonly<Record<string, string>>;
  /** Texts that are removed from error bodies. */
  readonly secrets: readonly string[];
}

/** An axios client for one upstream. This file is imported with the first such call, which keeps axios out of the start. */
export function createClient({ dispatcher, timeouts, headers, secrets }: ClientOptions): AxiosInstance {
  return axios.create({
    adapter: undiciAdapter(dispatcher, timeouts.idleMs, secrets),
    transformRequest: [],
    transformResponse: [],
    timeout: timeouts.firstByteMs,
    headers,
  });
}

/** The failure that an axios error wraps, for `toProxyException`; other errors are returned as they are. */
export function unwrapError(error: unknown, call: Pick<ErrorResponse, 'path' | 'fieldNames'>): unknown {
  if (isCancel(error)) return new ClientClosedError();
  if (!(error instanceof AxiosError)) return error;
  const { response, cause } = error;
  if (!response) return cause ?? new Error(error.message);
  const { status, headers } = response;
  const data: unknown = response.data;
  return toStatusError({ ...call, status, headers, text: typeof data === 'string' ? data : '' });
}

/** Runs axios over our transport, so that it shares sockets and timeouts. `data` of the response is an UpstreamBody. */
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
