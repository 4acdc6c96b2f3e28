import { isRecord, parseJson } from '#primitives';

/** Characters taken from an error body that is not JSON, such as an HTML page. */
const MAX_PLAIN_TEXT = 500;

/** The message of an error body in any of its shapes (protocol D35), without markup and secrets. */
export function extractErrorText(body: string, fallback: string): string {
  const text = body.trim();
  const value = parseJson(text);
  const found = value === undefined ? withoutMarkup(text) : findErrorText(value);
  return redact(found ?? fallback);
}

/** The same for a parsed value; undefined if it has no message. Not redacted. */
export function findErrorText(value: unknown): string | undefined {
  try {
    return find(value);
  } catch {
    // Nested deeper than the call stack.
    return undefined;
  }
}

function find(value: unknown): string | undefined {
  if (typeof value === 'string') return textOfString(value);
  if (Array.isArray(value)) return find(value[0]);
  if (!isRecord(value)) return undefined;
  return (
    textOfError(value.error) ??
    textOfMessage(value.message) ??
    textOfDetail(value.detail) ??
    find(value.title) ??
    find(value.errors)
  );
}

function textOfError(error: unknown): string | undefined {
  if (!isRecord(error)) return find(error);
  const message = find(error) ?? find(error.code);
  const metadata = error.metadata;
  const raw = isRecord(metadata) ? find(metadata.raw) : undefined;
  return raw && raw !== message ? [message, raw].filter(Boolean).join(': ') : message;
}

function textOfMessage(message: unknown): string | undefined {
  return isRecord(message) ? (textOfDetail(message.detail) ?? find(message)) : find(message);
}

/** The form of FastAPI: a text, or a list of `{loc, msg}`. */
function textOfDetail(detail: unknown): string | undefined {
  if (!Array.isArray(detail)) return find(detail);
  const lines = detail.map((entry) => {
    if (!isRecord(entry)) return find(entry);
    const where = Array.isArray(entry.loc) ? entry.loc.join('.') : '';
    const what = typeof entry.msg === 'string' ? entry.msg : find(entry);
    return [where, what].filter(Boolean).join(': ');
  });
  return lines.filter(Boolean).join('; ') || undefined;
}

/** Some gateways put the JSON error of the server behind them into the message. */
function textOfString(text: string): string | undefined {
  const trimmed = text.trim();
  const inner = /^[[{]/.test(trimmed) ? parseJson(trimmed) : undefined;
  return (inner === undefined ? undefined : find(inner)) ?? (trimmed || undefined);
}

function withoutMarkup(text: string): string | undefined {
  if (!/<[a-z!/]/i.test(text)) return text.slice(0, MAX_PLAIN_TEXT) || undefined;
  const title = /<title[^>]*>([^<]*)/i.exec(text)?.[1];
  const bare = text.replace(/<(style|script)[^]*?<\/\1>/gi, ' ').replace(/<[^>]*>/g, ' ');
  return (title ?? bare).replace(/\s+/g, ' ').trim().slice(0, MAX_PLAIN_TEXT) || undefined;
}

const SECRETS: readonly [RegExp, string][] = [
  [/\b(sk|pk|gsk|xai|hf|key|csk|fw|nvapi|pplx|r8|AIza)([-_])[A-Za-z0-9*_-]{6,}/g, '$1$2***'],
  [/\bAIza[A-Za-z0-9_-]{10,}/g, '***'],
  [/\b(Bearer|Basic)\s+[^\s"',;]+/gi, '$1 ***'],
  [/\b(org|proj|user|acct)[-_][A-Za-z0-9]{6,}/g, '$1-***'],
  [
    /\b((?:team|organization|project|account|user|key)(?: id)?["']?\s*[:=]\s*["']?)[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}/gi,
    '$1***',
  ],
  [/(api[-_ ]?key["']?\s*(?:provided)?\s*[:=]\s*["']?)[^\s"',;.]{4,}/gi, '$1***'],
];

/** Masks API keys and account ids: some upstreams quote parts of them (protocol D36). */
export function redact(text: string): string {
  return SECRETS.reduce((clean, [pattern, mask]) => clean.replace(pattern, mask), text);
}

/** As `redact`, for a text whose length must not change. */
export function redactInPlace(text: string): string {
  return SECRETS.reduce(
    (clean, [pattern, mask]) =>
      clean.replace(pattern, (found) => found.replace(pattern, mask).slice(0, found.length).padEnd(found.length, '*')),
    text,
  );
}
