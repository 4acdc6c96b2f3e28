import { maskSecrets } from './mask-secrets.js';
import type { UpstreamBody } from './upstream-body.js';

const MAX_ERROR_BODY_BYTES = 64 * 1024;

/** The body of an error response as far as it arrived, without `secrets`: it goes to logs and clients. */
export async function readErrorBody(body: UpstreamBody, secrets: readonly string[]): Promise<string> {
  const text = await body.text(MAX_ERROR_BODY_BYTES).catch(() => '');
  return maskSecrets(text, secrets);
}
