import type { UpstreamBody } from './upstream-body.js';

/** What is read of a body that explains a refusal. */
const MAX_ERROR_BODY_BYTES = 64 * 1024;

/** The text sent with a refusal, as far as it came, without what must not be seen: it goes to logs and clients. */
export async function readErrorBody(body: UpstreamBody, secrets: readonly string[]): Promise<string> {
  const text = await body.text(MAX_ERROR_BODY_BYTES).catch(() => '');
  return secrets.reduce((clean, secret) => clean.replaceAll(secret, '***'), text);
}
