import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { isRecord, parseJson } from '#primitives';
import { API_KEY_FIELDS, ApiKeyDto } from './api-key.dto.js';
import { ConfigurationError } from './configuration-error.js';
import { describeErrors } from './describe-errors.js';
import type { Variables } from './given-variables.js';

/** An API key of a client. Only the digest of the secret is kept, so that nothing can print it. */
export interface ApiKey {
  /** Identifies the client in logs, limits and the queue. Two keys of one name share their limits. */
  readonly name: string;
  /** SHA-256 of the key. A fast hash is sufficient for random secrets. */
  readonly digest: Buffer;
  /** Names of the models it may use, with `*` as a wildcard; undefined: all. */
  readonly models: readonly string[] | undefined;
  readonly requestsPerMinute: number | undefined;
  readonly tokensPerMinute: number | undefined;
  /** Milliseconds since 1970. */
  readonly expiresAt: number | undefined;
  /** Whether it may make and delete virtual models. */
  readonly mayManage: boolean;
}

interface ApiKeys {
  /** Undefined: PROXY_API_KEYS is not set, and no key is required. */
  readonly keys?: readonly ApiKey[];
  /** File that contains the keys. */
  readonly file?: string;
}

/** An entry of the list, and its position for messages: "line 3". */
interface Entry {
  readonly position: string;
  readonly value: unknown;
}

/** @throws ConfigurationError with all mistakes */
export function readApiKeys({ PROXY_API_KEYS: variable }: Variables): readonly ApiKey[] {
  const mistakes: string[] = [];
  const { keys = [] } = checkApiKeys(variable, mistakes);
  if (mistakes.length > 0) throw new ConfigurationError(mistakes);
  return keys;
}

/** Reads PROXY_API_KEYS, or the file that it names. Mistakes identify an entry by its position, never by its content. */
export function checkApiKeys(variable: string | undefined, mistakes: string[]): ApiKeys {
  if (variable === undefined) return {};
  const file = variable.startsWith('@') ? variable.slice(1).trim() : undefined;
  const found: string[] = [];
  const text = file === undefined ? variable : readText(file, found);
  const keys = toKeys(readEntries(text, file !== undefined, found), found);
  // An empty list must not open the proxy to everyone.
  if (keys.length === 0 && found.length === 0) found.push('PROXY_API_KEYS contains no key');
  mistakes.push(...found);
  return { keys, ...(file !== undefined && { file }) };
}

function readText(file: string, mistakes: string[]): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    mistakes.push(`PROXY_API_KEYS: the file cannot be read (${String((error as NodeJS.ErrnoException).code)})`);
    return '';
  }
}

/** A JSON array, or texts separated by commas, or, in a file, one text per line with `#` before comments. */
function readEntries(text: string, isFile: boolean, mistakes: string[]): Entry[] {
  if (text.trimStart().startsWith('[')) {
    const list = parseJson(text) as unknown[] | undefined;
    if (!list) mistakes.push('PROXY_API_KEYS begins like a JSON array but is not valid JSON');
    return (list ?? []).map((value, index) => ({ position: `entry ${index + 1}`, value }));
  }
  const unit = isFile ? 'line' : 'entry';
  return text
    .split(isFile ? /\r?\n/ : ',')
    .map((part, index) => ({ position: `${unit} ${index + 1}`, value: part.trim() }))
    .filter(({ value }) => value !== '' && !(isFile && value.startsWith('#')));
}

function toKeys(entries: readonly Entry[], mistakes: string[]): ApiKey[] {
  const positions = new Map<string, string>();
  return entries.flatMap(({ position, value }) => {
    const found: string[] = [];
    const key = toKey(typeof value === 'string' ? splitText(value) : value, found);
    mistakes.push(...found.map((mistake) => `PROXY_API_KEYS: ${position}: ${mistake}`));
    if (!key) return [];
    const digest = key.digest.toString('hex');
    const earlier = positions.get(digest);
    if (earlier !== undefined) mistakes.push(`PROXY_API_KEYS: ${position} is the same key as ${earlier}`);
    else positions.set(digest, position);
    return [key];
  });
}

/** `key`, `name:key`, `name:sha256:digest` or `sha256:digest`. */
function splitText(text: string): object {
  const [, name, hashed, secret = ''] = /^(?:(?!sha256:)([^:]*):)?(sha256:)?(.*)$/s.exec(text) ?? [];
  return { name, ...(hashed === undefined ? { key: secret } : { sha256: secret }) };
}

function toKey(value: unknown, mistakes: string[]): ApiKey | undefined {
  if (!isRecord(value)) {
    mistakes.push('must be a text or an object');
    return undefined;
  }
  const unknown = Object.keys(value).filter((field) => !API_KEY_FIELDS.some((known) => known === field)).length;
  // By number, since a misplaced key may be the name of the field.
  if (unknown > 0) mistakes.push(`has ${unknown} unknown field(s); known are ${API_KEY_FIELDS.join(', ')}`);
  const dto = plainToInstance(ApiKeyDto, value);
  mistakes.push(...describeErrors(validateSync(dto), ''));
  if (mistakes.length > 0) return undefined;
  const digest = dto.sha256 === undefined ? sha256(dto.key ?? '') : Buffer.from(dto.sha256, 'hex');
  return {
    // Derived from the digest, so that it reveals nothing and does not depend on other keys.
    name: dto.name ?? `key-${digest.toString('hex').slice(0, 8)}`,
    digest,
    models: dto.models,
    requestsPerMinute: dto.requests_per_minute,
    tokensPerMinute: dto.tokens_per_minute,
    expiresAt: dto.expires === undefined ? undefined : Date.parse(dto.expires),
    mayManage: dto.manage ?? false,
  };
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
