import { describe, expect, it } from 'vitest';
import { statusForClient } from '#dialects';
import type { AskOptions, Seen } from '../support/ask.js';
import { ask, scripted } from '../support/ask.js';
import { freePort } from '../support/free-port.js';
import { sendRaw } from '../support/raw-socket.js';
import { startProxy } from '../support/start-proxy.js';
import { withProxy } from '../support/with-proxy.js';
import { collectErrorTexts } from './error-texts.js';
import { codeIn, rowsOf } from './markdown.js';

const PAGE = 'docs/errors.md';

interface Row {
  readonly statuses: readonly number[];
  /** As it stands in the page, with `{what varies}`. */
  readonly text: string;
  readonly pattern: RegExp;
}

/** `{what varies}` stands for anything; double braces are a template's own. */
function toPattern(text: string): RegExp {
  const parts = text.split(/(?<!\{)\{[a-z ]+\}(?!\})/);
  return new RegExp(`^${parts.map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('.*')}$`, 's');
}

const rows: readonly Row[] = rowsOf(PAGE)
  .filter(([status = '', text = '']) => /^\d{3}$/.test(status) && text.startsWith('`'))
  .flatMap(([status, cell = '']) =>
    codeIn(cell).map((text) => ({ statuses: [Number(status)], text, pattern: toPattern(text) })),
  );

function rowsFor(text: string): Row[] {
  return rows.filter(({ pattern }) => pattern.test(text));
}

/** Texts that no exception in the code has. */
const NOT_EXCEPTIONS = ['404 page not found', '405 method not allowed', 'internal error'];

describe(PAGE, () => {
  const { texts, undetermined } = collectErrorTexts();

  it('is compared with more than a handful', () => {
    expect(texts.length).toBeGreaterThan(90);
    expect(rows.length).toBeGreaterThan(70);
    // A new way to make a text of an error that the collector cannot follow: teach it.
    expect(undetermined).toEqual([]);
  });

  it('has every text that the code makes, with its status', () => {
    const missing = texts.filter(({ text, statuses }) => {
      const found = rowsFor(text).flatMap((row) => row.statuses);
      return found.length === 0 || (statuses.length > 0 && !statuses.some((status) => found.includes(status)));
    });
    expect(missing.map(({ at, statuses, text }) => `${at} ${statuses.join('|')} ${text}`)).toEqual([]);
  });

  it('has no text that nothing makes', () => {
    const made = [...texts.map(({ text }) => text), ...NOT_EXCEPTIONS];
    const stale = rows.filter(({ pattern }) => !made.some((text) => pattern.test(text)));
    expect(stale.map(({ text }) => text)).toEqual([]);
  });

  it('has no row that fits everything', () => {
    const broad = rows.filter(
      ({ text }) => text.replaceAll(/\{[a-z ]+\}/g, '').replace('upstream error: ', '').length < 7,
    );
    expect(broad.map(({ text }) => text)).toEqual([]);
  });

  it('maps the statuses of upstreams', () => {
    const mapping = rowsOf(PAGE).filter(
      ([, client = '', ...more]) => more.length === 0 && /^(\d|the same$)/.test(client),
    );
    const statuses = mapping.flatMap(([upstream = '', client = '']) =>
      [...upstream.matchAll(/(?<!above )\d{3}/g)].map(([status]) => [status, client] as const),
    );
    expect(statuses).toHaveLength(21);
    for (const [status, client] of statuses) {
      const expected = client === 'the same' ? Number(status) : Number(client.slice(0, 3));
      expect(statusForClient(Number(status), 'text'), status).toBe(expected);
    }
  });
});

/** What went wrong, in one text: of a line, of either API's object, or plain. */
function textOf({ text, lines, type }: Seen): string {
  if (type === 'text/plain') return text;
  const error = lines.at(-1)?.error as string | { message: string } | undefined;
  return (typeof error === 'object' ? error.message : error) ?? text;
}

/** The page has a row with this text and, unless it came as a line under status 200, this status. */
function expectListed(seen: Seen): string {
  const text = textOf(seen);
  const found = rowsFor(text);
  expect(
    found.map((row) => row.text),
    `${String(seen.status)} ${text}`,
  ).not.toEqual([]);
  if (seen.status !== 200)
    expect(
      found.flatMap(({ statuses }) => statuses),
      text,
    ).toContain(seen.status);
  return text;
}

type Request = [path: string, body?: unknown, options?: AskOptions];

const chat = (more: object): Request => [
  '/api/chat',
  { model: 'sim-chat', messages: [{ role: 'user', content: 'Hi' }], ...more },
];
const generate = (more: object): Request => ['/api/generate', { model: 'sim-chat', prompt: 'Hi', ...more }];
const script = (faults: object, more: object = {}): Request => chat({ messages: [scripted(faults)], ...more });
const tools = [{ type: 'function', function: { name: 'add', parameters: {} } }];
const call = { role: 'assistant', content: '', tool_calls: [{ function: { name: 'add', arguments: '{}' } }] };
const DELETE = { method: 'DELETE' };

const REQUESTS: readonly Request[] = [
  ['/api/nope'],
  ['/api/chat'],
  ['/v1/nope'],
  ['/api/chat', ''],
  ['/api/chat', '{'],
  ['/api/chat', '{model'],
  ['/api/chat', '[]'],
  ['/api/chat', `${'['.repeat(600)}${']'.repeat(600)}`],
  ['/api/chat', { model: 1 }],
  ['/api/chat', { model: '' }],
  ['/api/chat', { model: 'nope', messages: [{ role: 'user', content: 'Hi' }] }],
  ['/api/show', { model: 'nope' }],
  ['/api/show', { model: 'a b' }],
  ['/api/generate', { model: '' }],
  ['/api/embed', { model: '' }],
  chat({ messages: [call] }),
  chat({ model: 'sim-plain', tools }),
  chat({ model: 'sim-embed' }),
  chat({ think: true }),
  chat({ think: 'very' }),
  chat({ think: 3 }),
  chat({ top_logprobs: 30 }),
  chat({ keep_alive: 'soon' }),
  chat({ keep_alive: '5' }),
  chat({ keep_alive: '5x' }),
  chat({ keep_alive: true }),
  chat({ format: 3 }),
  chat({ options: { temperature: 'hot' } }),
  chat({ options: { stop: 'x' } }),
  chat({ messages: [{ role: 'user', content: 'Hi', images: ['%'] }] }),
  generate({ raw: true, system: 'x' }),
  generate({ template: '{{ range .X }}' }),
  generate({ template: '{{ if .System }}' }),
  generate({ template: '{{ end }}' }),
  generate({ template: '{{ .Prompt' }),
  generate({ context: [1, 2, 3] }),
  ['/api/embed', { model: 'sim-embed', input: 3 }],
  ['/api/pull', { model: 'nope' }],
  ['/api/pull', { model: 'nope', stream: false }],
  ['/api/push', { model: 'x' }],
  ['/api/create', { model: 'x' }],
  ['/api/copy', { source: 'x', destination: 'y' }],
  ['/api/delete', { model: 'x' }, DELETE],
  [`/api/blobs/sha256:${'0'.repeat(64)}`, 'x'],
  ['/api/me', {}],
  ['/api/signout', {}],
  ['/api/experimental/web_search', { query: 'x' }],
  ['/v1/chat/completions', {}],
  ['/v1/models/nope'],
  ['/v1/responses', { model: 'sim-chat', input: 3 }],
  ['/v1/messages', { model: 'sim-chat', max_tokens: 1 }],
  ['/api/chat', { pad: 'x'.repeat(300_000) }],
  script({ hang: 'before-headers' }),
  script({ hang: 'mid-stream' }),
  script({ cut: 'between-events' }, { stream: true }),
  script({ cut: 'reset' }),
  script({ finish: 'error' }),
  script({ emptyAnswer: true, noFinish: true }),
  script({ malformed: true }),
];

describe('what clients get', () => {
  const setup = withProxy(
    {},
    { REQUEST_TIMEOUT: '0.5', STREAM_IDLE_TIMEOUT: '0.5', REQUEST_MAX_SIZE: '200000', V1_PASSED_PATHS: 'responses' },
  );

  it.each(
    REQUESTS.map(
      (request, index) => [`${String(index + 1)}. ${JSON.stringify(request).slice(0, 100)}`, request] as const,
    ),
  )(`is listed: %s`, async (_name, request) => {
    expectListed(await setup.ask(...request));
  });

  it('is listed for malformed HTTP', async () => {
    for (const bytes of ['nonsense\r\n\r\n', `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(40_000)}\r\n\r\n`]) {
      const { status, body } = await sendRaw(setup.proxy.port, bytes);
      const { error } = JSON.parse(body) as { error: string };
      expect(rowsFor(error).flatMap(({ statuses }) => statuses)).toContain(status);
    }
  });

  it('is listed for an unreachable upstream', async () => {
    const away = await startProxy(`http://127.0.0.1:${String(await freePort())}`, { CIRCUIT_BREAKER_ENABLED: 'true' });
    const unknown = await startProxy('http://no-such-host.invalid');
    try {
      expect(expectListed(await ask(`${unknown.url}/api/chat`, chat({})[1]))).toMatch(/host name/);
      const texts: string[] = [];
      for (let tries = 0; tries < 12; tries += 1)
        texts.push(expectListed(await ask(`${away.url}/api/chat`, chat({})[1])));
      expect(texts.at(0)).toMatch(/refused/);
      expect(texts.at(-1)).toMatch(/circuit open/);
    } finally {
      await away.close();
      await unknown.close();
    }
  });
});

describe('what clients with keys get', () => {
  const [every, some] = ['the-key-for-everything-01', 'the-key-for-some-models-02'];
  const keys = [
    { name: 'every', key: every, requests_per_minute: 1 },
    { name: 'some', key: some, models: ['sim-plain'] },
  ];
  const setup = withProxy({}, { PROXY_API_KEYS: JSON.stringify(keys), DOCS_AUTH: 'reader:secret' });
  const as = (key: string) => ({ headers: { authorization: `Bearer ${key}` } });

  it('is listed', async () => {
    expect(expectListed(await setup.ask('/api/tags'))).toBe('unauthorized');
    expect(expectListed(await setup.ask('/v1/models'))).toBe('unauthorized');
    expectListed(await setup.ask('/docs'));
    expectListed(await setup.ask(...(chat({}).slice(0, 2) as [string, unknown]), as(some)));
    expectListed(await setup.ask('/v1/files', undefined, as(some)));
    const counted = () => setup.ask('/api/show', { model: 'sim-chat' }, as(every));
    await counted();
    expect(expectListed(await counted())).toMatch(/^rate limit reached/);
    for (let tries = 0; tries < 20; tries += 1)
      await setup.ask('/api/tags', undefined, as(`a-wrong-key-of-length-${String(tries)}`));
    expect(expectListed(await setup.ask('/api/tags', undefined, as(every)))).toMatch(
      /^too many requests with a wrong key/,
    );
  });
});

describe('what clients of a full proxy get', () => {
  const setup = withProxy({}, { MAX_CONCURRENT_REQUESTS: '1', MAX_QUEUED_REQUESTS: '0' });

  it('is listed', async () => {
    const [path, slow] = script({ text: 'slow', firstTokenDelayMs: 400 });
    const seen = await Promise.all([setup.ask(path, slow), setup.ask(path, slow)]);
    const refused = seen.find(({ status }) => status !== 200)!;
    expect(expectListed(refused)).toMatch(/^server busy/);
    expect(expectListed(refused)).toContain('.  maximum');
  });
});
