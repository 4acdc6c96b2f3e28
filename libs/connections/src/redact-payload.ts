/** Fields whose values describe the request and cannot contain text that a user wrote. */
const SAFE_FIELDS = new Set([
  'model',
  'role',
  'type',
  'stream',
  'reasoning_effort',
  'max_tokens',
  'temperature',
  'top_p',
  'seed',
]);

/** A request body for the log: its structure, with every text replaced by its length. */
export function redactPayload(value: unknown, key = ''): unknown {
  if (SAFE_FIELDS.has(key) && typeof value !== 'object') return value;
  if (typeof value === 'string') return `(${String(value.length)} characters)`;
  if (Array.isArray(value)) return value.map((item) => redactPayload(item));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, redactPayload(inner, name)]));
}
