const DEFAULT_PREFIXES = /^(https?:\/\/)?(registry\.ollama\.ai\/)?(library\/)?/i;

/**
 * The form in which all names of a model are equal (protocol W35): without the default host and namespace and `:latest`, in
 * lower case. An id `models/x` equals `x` (protocol D42).
 */
export function canonicalName(name: string): string {
  return plainName(name).toLowerCase();
}

/** The same in the case of the client: ids of upstreams are case-sensitive. */
export function plainName(name: string): string {
  return name
    .trim()
    .replace(DEFAULT_PREFIXES, '')
    .replace(/^models\//i, '')
    .replace(/:latest$/i, '');
}

/** The name in /api/tags, always with a tag (protocol C18). */
export function displayName(id: string): string {
  const name = id.replace(/^models\//, '');
  return hasTag(name) ? name : `${name}:latest`;
}

function hasTag(name: string): boolean {
  return name.slice(name.lastIndexOf('/') + 1).includes(':');
}

const PART = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,79}$/;
const NAMESPACE = /^[A-Za-z0-9_][A-Za-z0-9_-]{0,79}$/;
const HOST = /^[A-Za-z0-9_][A-Za-z0-9_.:-]{0,349}$/;

/** Ollama's syntax of names. Ids of upstreams need not follow it, so callers accept every listed id. */
export function isValidName(name: string): boolean {
  const bare = name.trim().replace(/^https?:\/\//, '');
  const parts = bare.split('/');
  const last = parts.pop() ?? '';
  const [model, tag, ...more] = last.split(':');
  if (more.length > 0 || !PART.test(model ?? '') || (tag !== undefined && !PART.test(tag))) return false;
  const namespace = parts.pop();
  const host = parts.pop();
  if (parts.length > 0) return false;
  return (namespace === undefined || NAMESPACE.test(namespace)) && (host === undefined || HOST.test(host));
}
