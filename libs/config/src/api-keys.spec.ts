import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkApiKeys } from './api-keys.js';
import { checkTrustedProxies } from './trusted-proxies.js';

const KEY = 'a-key-of-24-characters-x';
const OTHER = 'b-key-of-24-characters-x';
const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();
const HASHED = sha256(KEY).toString('hex');

function check(variable: string | undefined) {
  const mistakes: string[] = [];
  return { ...checkApiKeys(variable, mistakes), mistakes };
}

describe('keys', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'keys-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it.each([
    [KEY, undefined],
    [`n8n:${KEY}`, 'n8n'],
    [`n8n:sha256:${HASHED}`, 'n8n'],
    [`sha256:${HASHED.toUpperCase()}`, undefined],
    [JSON.stringify([{ name: 'n8n', key: KEY }]), 'n8n'],
    [JSON.stringify([{ sha256: HASHED }]), undefined],
    [JSON.stringify([`n8n:${KEY}`]), 'n8n'],
  ])('are kept as a digest in every form: %#', (variable, name = `key-${HASHED.slice(0, 8)}`) => {
    const { keys, mistakes } = check(variable);
    expect(mistakes).toEqual([]);
    expect(keys).toEqual([expect.objectContaining({ name, digest: sha256(KEY) })]);
  });

  it('may be several, in a variable or a file, and may contain colons', () => {
    const file = join(folder, 'keys');
    writeFileSync(file, `# for the office\n\nn8n:${KEY}\r\n  zed:with:colons:${OTHER}\n`);
    expect(check(`@${file}`)).toMatchObject({
      file,
      keys: [{ name: 'n8n' }, { name: 'zed', digest: sha256(`with:colons:${OTHER}`) }],
      mistakes: [],
    });
    expect(check(` n8n:${KEY} , ${OTHER},`).keys).toHaveLength(2);
  });

  it('have limits, models and an expiry date', () => {
    const { keys } = check(
      JSON.stringify([
        {
          name: 'n8n',
          key: KEY,
          models: ['gpt-*'],
          requests_per_minute: 60,
          tokens_per_minute: 1000,
          expires: '2027-01-01',
        },
      ]),
    );
    expect(keys?.[0]).toMatchObject({
      models: ['gpt-*'],
      requestsPerMinute: 60,
      tokensPerMinute: 1000,
      expiresAt: Date.UTC(2027, 0, 1),
    });
  });

  it('are rejected with all mistakes and without their content', () => {
    const secret = 'hunter2';
    const variable = JSON.stringify([
      { key: secret },
      { key: KEY, sha256: HASHED },
      { name: 'a b', key: OTHER },
      { name: 'x', key: `${OTHER}1`, models: 'all', requests_per_minute: 0, tokens_per_minute: 1.5, expires: 'soon' },
      { key: `${OTHER}2`, [secret]: 1 },
      { key: `${OTHER}3`, models: ['models/gpt-*'] },
      7,
      { key: `${OTHER}4` },
      { key: `${OTHER}4` },
    ]);
    const { mistakes } = check(variable);
    expect(mistakes).toEqual([
      expect.stringContaining('entry 1: key must have at least 16 characters'),
      expect.stringContaining('entry 2: exactly one of key and sha256 is required'),
      expect.stringContaining('entry 3: name must be'),
      expect.stringContaining('entry 4: models'),
      expect.stringContaining('entry 4: requests_per_minute'),
      expect.stringContaining('entry 4: tokens_per_minute'),
      expect.stringContaining('entry 4: expires'),
      expect.stringContaining('entry 5: has 1 unknown field'),
      expect.stringContaining('entry 6: models must be a list'),
      expect.stringContaining('entry 7: must be a text or an object'),
      expect.stringContaining('entry 9 is the same key as entry 8'),
    ]);
    for (const value of [secret, KEY, OTHER, HASHED]) expect(mistakes.join()).not.toContain(value);
  });

  it.each(['[', '[]', ',', 'short', `n8n:sha256:${HASHED.slice(1)}`, '@/no/such/file', `two words:${KEY}`])(
    'are a mistake rather than no protection: %s',
    (variable) => {
      expect(check(variable).mistakes).toHaveLength(1);
    },
  );

  it('are not required without the variable', () => {
    expect(check(undefined)).toEqual({ mistakes: [] });
  });
});

describe('trusted proxies', () => {
  it.each([
    ['2', 2],
    ['10.0.0.0/8, ::1,loopback', ['10.0.0.0/8', '::1', 'loopback']],
    ['fd00::/8', ['fd00::/8']],
    ['10.0.0.0/33', undefined],
    ['everybody', undefined],
    ['10.0.0.1/8/8', undefined],
    ['-1', undefined],
    ['true', undefined],
  ])('%s', (value, expected) => {
    const mistakes: string[] = [];
    expect(checkTrustedProxies(value, mistakes)).toEqual(expected);
    expect(mistakes).toHaveLength(expected === undefined ? 1 : 0);
  });
});
