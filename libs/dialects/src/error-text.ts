import { isRecord, parseJson } from '#primitives';

/** Longest text taken from a body that is not JSON; beyond it nobody reads on. */
const MAX_PLAIN_TEXT = 500;

/**
 * The one extractor for every error shape (protocol D35): what the backend wanted to say, without markup and
 * without secrets.
 */
export function extractErrorText(body: string, fallback: string): string {
  const text = body.trim();
  const value = parseJson(text);
  const found = value === undefined ? withoutMarkup(text) : findErrorText(value);
  return redact(found ?? fallback);
}

/** The same for a value that is parsed already; undefined when it tells nothing. Not redacted. */
export function findErrorText(value: unknown): string | undefined {
  try {
    return find(value);
  } catch {
    // Nested deeper than the stack: nothing that a person wrote.
    return undefined;
  }
}

function find(value: unknown): string | undefined {
  if (typeof value === 'string') return sayString(value);
  if (Array.isArray(value)) return find(value[0]);
  if (!isRecord(value)) return undefined;
  return (
    sayError(value.error) ??
    sayMessage(value.message) ??
    sayDetail(value.detail) ??
    find(value.title) ??
    find(value.errors)
  );
}

function sayError(error: unknown): string | undefined {
  if (!isRecord(error)) return find(error);
  const message = find(error) ?? find(error.code);
  const metadata = error.metadata;
  const raw = isRecord(metadata) ? find(metadata.raw) : undefined;
  return raw && raw !== message ? [message, raw].filter(Boolean).join(': ') : message;
}

function sayMessage(message: unknown): string | undefined {
  return isRecord(message) ? (sayDetail(message.detail) ?? find(message)) : find(message);
}

/** FastAPI's form: a text, or a list of `{loc, msg}`. */
function sayDetail(detail: unknown): string | undefined {
  if (!Array.isArray(detail)) return find(detail);
  const lines = detail.map((entry) => {
    if (!isRecord(entry)) return find(entry);
    const where = Array.isArray(entry.loc) ? entry.loc.join('.') : '';
    const what = typeof entry.msg === 'string' ? entry.msg : find(entry);
    return [where, what].filter(Boolean).join(': ');
  });
  return lines.filter(Boolean).join('; ') || undefined;
}

/** Some backends put the JSON of their own backend into the message. */
function sayString(text: string): string | undefined {
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

/** Takes keys and account ids out of a text (protocol D36: some backends quote parts of the key). */
export function redact(text: string): string {
  return SECRETS.reduce((clean, [pattern, mask]) => clean.replace(pattern, mask), text);
}
