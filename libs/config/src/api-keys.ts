import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Variables } from './environment.js';
import { ConfigurationError } from './environment.js';

/** One key that clients may come with. Its secret is known as a digest only, so nothing can print it. */
export interface ApiKey {
  /** Who it belongs to, for logs, limits and the queue. Two keys of one name share their limits. */
  readonly name: string;
  /** SHA-256 of the key: right for random secrets, which is what keys are. */
  readonly digest: Buffer;
  /** Models it may use, as clients name them, with `*`; absent: all. */
  readonly models: readonly string[] | undefined;
  readonly requestsPerMinute: number | undefined;
  readonly tokensPerMinute: number | undefined;
  /** Milliseconds since 1970. */
  readonly expiresAt: number | undefined;
}

/** The keys of PROXY_API_KEYS; absent: everybody may call. */
export interface CheckedKeys {
  readonly keys: readonly ApiKey[] | undefined;
  /** Watched for changes. */
  readonly file: string | undefined;
  readonly mistakes: string[];
}

/** Shorter ones can be guessed. */
const MIN_KEY_LENGTH = 16;

const NAME = /^[\w.@-]{1,64}$/;
const PRINTABLE = /^[\x21-\x7e]+$/;
const DIGEST = /^[0-9a-f]{64}$/i;

/** Names are compared without these (contract §2.12), so a pattern that begins with one would fit more than it shows. */
const DROPPED_PREFIX = /^(https?:\/\/|registry\.ollama\.ai\/|library\/|models\/)/i;

const FIELDS = ['name', 'key', 'sha256', 'models', 'requests_per_minute', 'tokens_per_minute', 'expires'];

/** Reads PROXY_API_KEYS, or the file it names. Mistakes name the entry by its place, never by what it holds. */
export function checkApiKeys(variable: string | undefined): CheckedKeys {
  if (variable === undefined) return { keys: undefined, file: undefined, mistakes: [] };
  const file = variable.startsWith('@') ? variable.slice(1).trim() : undefined;
  const mistakes: string[] = [];
  const keys = readKeys(file === undefined ? variable : readText(file, mistakes), file !== undefined, mistakes);
  // A list that turned out empty opens nothing.
  if (keys.length === 0 && mistakes.length === 0) mistakes.push('PROXY_API_KEYS holds no key');
  return { keys, file, mistakes };
}

/** @throws ConfigurationError naming every mistake */
export function readApiKeys({ PROXY_API_KEYS: variable }: Variables): readonly ApiKey[] {
  const { keys = [], mistakes } = checkApiKeys(variable);
  if (mistakes.length > 0) throw new ConfigurationError(mistakes);
  return keys;
}

function readText(file: string, mistakes: string[]): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    mistakes.push(`PROXY_API_KEYS: the file cannot be read (${String((error as NodeJS.ErrnoException).code)})`);
    return '';
  }
}

function readKeys(text: string, isFile: boolean, mistakes: string[]): ApiKey[] {
  const entries = text.trimStart().startsWith('[') ? readJson(text, mistakes) : readList(text, isFile);
  const keys = entries.flatMap(({ place, value }) => {
    const tell = (mistake: string): void => void mistakes.push(`PROXY_API_KEYS: ${place}: ${mistake}`);
    const key = typeof value === 'string' ? readEntry(value, tell) : readObject(value, tell);
    return key ? [{ place, key }] : [];
  });
  const seen = new Map<string, string>();
  for (const { place, key } of keys) {
    const digest = key.digest.toString('hex');
    const earlier = seen.get(digest);
    if (earlier === undefined) seen.set(digest, place);
    else mistakes.push(`PROXY_API_KEYS: ${place} is the same key as ${earlier}`);
  }
  return keys.map(({ key }) => key);
}

interface Entry {
  readonly place: string;
  readonly value: unknown;
}

/** Comma-separated, or one a line with `#` before comments. */
function readList(text: string, isFile: boolean): Entry[] {
  const parts = isFile ? text.split(/\r?\n/) : text.split(',');
  return parts
    .map((part, index) => ({ place: `${isFile ? 'line' : 'entry'} ${String(index + 1)}`, value: part.trim() }))
    .filter(({ value }) => value !== '' && !(isFile && value.startsWith('#')));
}

function readJson(text: string, mistakes: string[]): Entry[] {
  try {
    const list = JSON.parse(text) as unknown[];
    return list.map((value, index) => ({ place: `entry ${String(index + 1)}`, value }));
  } catch {
    mistakes.push('PROXY_API_KEYS begins like a JSON array and is none');
    return [];
  }
}

type Tell = (mistake: string) => void;

/** `key`, `name:key`, `name:sha256:digest` or `sha256:digest`. */
function readEntry(entry: string, tell: Tell): ApiKey | undefined {
  const [, name, hashed, secret = ''] = /^(?:(?!sha256:)([^:]*):)?(sha256:)?(.*)$/s.exec(entry) ?? [];
  return toKey({ name, ...(hashed === undefined ? { key: secret } : { sha256: secret }) }, tell);
}

function readObject(value: unknown, tell: Tell): ApiKey | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    tell('must be a text or an object');
    return undefined;
  }
  const unknown = Object.keys(value).filter((field) => !FIELDS.includes(field)).length;
  // Not by name: somebody may have put a key where a name belongs.
  if (unknown > 0) tell(`has ${String(unknown)} unknown field(s); known are ${FIELDS.join(', ')}`);
  return toKey(value, tell);
}

interface RawKey {
  readonly name?: unknown;
  readonly key?: unknown;
  readonly sha256?: unknown;
  readonly models?: unknown;
  readonly requests_per_minute?: unknown;
  readonly tokens_per_minute?: unknown;
  readonly expires?: unknown;
}

function toKey(raw: RawKey, tell: Tell): ApiKey | undefined {
  const digest = digestOf(raw, tell);
  const name = nameOf(raw.name, digest, tell);
  const models = modelsOf(raw.models, tell);
  const requestsPerMinute = countOf('requests_per_minute', raw.requests_per_minute, tell);
  const tokensPerMinute = countOf('tokens_per_minute', raw.tokens_per_minute, tell);
  const expiresAt = timeOf(raw.expires, tell);
  return digest && { name, digest, models, requestsPerMinute, tokensPerMinute, expiresAt };
}

function digestOf({ key, sha256 }: RawKey, tell: Tell): Buffer | undefined {
  if ((key === undefined) === (sha256 === undefined)) tell('needs either key or sha256');
  else if (sha256 !== undefined) {
    if (typeof sha256 === 'string' && DIGEST.test(sha256)) return Buffer.from(sha256, 'hex');
    tell('sha256 must be 64 hexadecimal digits');
  } else if (typeof key !== 'string' || !PRINTABLE.test(key)) {
    tell('the key must not be empty or hold spaces or characters outside ASCII');
  } else if (key.length < MIN_KEY_LENGTH) {
    tell(`the key has fewer than ${String(MIN_KEY_LENGTH)} characters`);
  } else return createHash('sha256').update(key).digest();
  return undefined;
}

/** One without a name is called after its digest, which tells nothing of the key and stays when others come and go. */
function nameOf(name: unknown, digest: Buffer | undefined, tell: Tell): string {
  if (name === undefined) return `key-${digest?.toString('hex').slice(0, 8) ?? ''}`;
  if (typeof name === 'string' && NAME.test(name)) return name;
  tell('the name must be 1 to 64 letters, digits, or any of _ . @ -');
  return '';
}

function modelsOf(models: unknown, tell: Tell): string[] | undefined {
  if (models === undefined) return undefined;
  if (Array.isArray(models) && models.every((model) => typeof model === 'string' && model.trim() !== '')) {
    if (models.some((model: string) => DROPPED_PREFIX.test(model)))
      tell('models are written without a registry, library/ or models/ in front');
    return models as string[];
  }
  tell('models must be a list of names, which may hold *');
  return undefined;
}

function countOf(field: string, value: unknown, tell: Tell): number | undefined {
  if (value === undefined || (Number.isSafeInteger(value) && (value as number) > 0)) return value as number | undefined;
  tell(`${field} must be a whole number above 0`);
  return undefined;
}

function timeOf(value: unknown, tell: Tell): number | undefined {
  if (value === undefined) return undefined;
  const time = typeof value === 'string' && /^\d{4}-\d\d-\d\d/.test(value) ? Date.parse(value) : NaN;
  if (Number.isNaN(time)) tell('expires must be a date like 2027-01-31 or a time like 2027-01-31T12:00:00Z');
  return time;
}
