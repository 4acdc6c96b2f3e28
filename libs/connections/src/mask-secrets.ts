import { redactInPlace } from '#dialects';
import { UpstreamError } from '#errors';

/** The text without the values of `secrets`. */
export function maskSecrets(text: string, secrets: readonly string[]): string {
  return secrets.reduce((clean, secret) => clean.replaceAll(secret, '***'), text);
}

/** As `maskSecrets`, and without what looks like a key, for a text whose length must not change. */
export function maskInPlace(text: string, secrets: readonly string[]): string {
  return redactInPlace(secrets.reduce((clean, secret) => clean.replaceAll(secret, '*'.repeat(secret.length)), text));
}

/** Masks `secrets` in a failure that the upstream reported within a body of status 200. */
export function maskFailure(failure: unknown, { secrets }: { readonly secrets: readonly string[] }): void {
  if (failure instanceof UpstreamError) failure.message = maskSecrets(failure.message, secrets);
}
