import { readdirSync, readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask } from '../support/ask.js';
import type { RunningProxy } from '../support/start-proxy.js';
import { startProxy } from '../support/start-proxy.js';

const CHROME = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8';
/** Nothing of the page needs an upstream. */
const NOWHERE = 'http://127.0.0.1:9';
const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};
const FOLDER = new URL('../../apps/proxy/src/page/static/', import.meta.url);
/** What is served from packages. */
const PACKAGES: Readonly<Record<string, string>> = {
  'marked.js': 'node_modules/marked/lib/marked.esm.js',
  'purify.js': 'node_modules/dompurify/dist/purify.es.mjs',
};
const OWN = readdirSync(FOLDER).filter((name) => name !== 'page.html');
const FILES = Object.fromEntries(
  [...OWN, ...Object.keys(PACKAGES)].map((name) => [`/ui/${name}`, TYPES[extname(name)] ?? '']),
);

let proxy: RunningProxy;
let plain: RunningProxy;

beforeAll(async () => {
  proxy = await startProxy(NOWHERE);
  plain = await startProxy(NOWHERE, { PAGE_ENABLED: 'false' });
});
afterAll(async () => {
  await proxy.close();
  await plain.close();
});

const get = (path: string, headers: Record<string, string> = {}) => ask(`${proxy.url}${path}`, undefined, { headers });

describe('the root', () => {
  it('is a page for browsers', async () => {
    const { status, type, text, headers } = await get('/', { accept: CHROME });
    expect(status).toBe(200);
    expect(type).toBe('text/html; charset=utf-8');
    expect(text).toContain('<title>Ollama-OpenAI Proxy</title>');
    expect(headers.get('vary')).toBe('Accept');
  });

  it.each([{}, { accept: '*/*' }, { accept: 'text/plain' }])('is plain text for others: %j', async (headers) => {
    const seen = await get('/', headers);
    expect(seen.text).toBe('Ollama is running');
    expect(seen.type).toBe('text/plain; charset=utf-8');
    expect(seen.headers.get('content-security-policy')).toBeNull();
  });

  it('is JSON if requested', async () => {
    const { lines } = await get('/', { accept: 'application/json' });
    expect(lines[0]).toMatchObject({ status: 'Ollama is running', service: 'ollama-openai-proxy' });
  });

  it('responds to HEAD regardless of Accept', async () => {
    for (const accept of ['*/*', CHROME]) {
      const seen = await ask(proxy.url, undefined, { method: 'HEAD', headers: { accept } });
      expect([seen.status, seen.type, seen.text]).toEqual([200, 'text/plain; charset=utf-8', '']);
      expect(seen.headers.get('etag')).toBeNull();
    }
  });
});

describe('the files of the page', () => {
  it.each(Object.entries(FILES))('%s has its type and is revalidated with an ETag', async (path, type) => {
    const first = await get(path);
    expect([first.status, first.type]).toEqual([200, type]);
    expect(first.headers.get('cache-control')).toBe('no-cache');
    const etag = first.headers.get('etag') ?? '';
    expect(etag).toMatch(/^"[\w-]{43}"$/);
    const second = await get(path, { 'if-none-match': etag });
    expect([second.status, second.text]).toEqual([304, '']);
    expect((await get(path, { 'if-none-match': '"another"' })).status).toBe(200);
  });

  it.each(['/', ...Object.keys(FILES)])('%s has a strict content security policy', async (path) => {
    const { headers } = await get(path, { accept: CHROME });
    expect(headers.get('content-security-policy')?.split('; ').sort()).toEqual([
      "base-uri 'none'",
      "connect-src 'self'",
      "default-src 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
      "img-src 'self' data:",
      "require-trusted-types-for 'script'",
      "script-src 'self'",
      "style-src 'self'",
      'trusted-types dompurify',
    ]);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
  });

  it('serves everything in its folder, and nothing else', async () => {
    for (const name of OWN) expect((await get(`/ui/${name}`)).text).toBe(readFileSync(new URL(name, FOLDER), 'utf8'));
    for (const [name, path] of Object.entries(PACKAGES))
      expect((await get(`/ui/${name}`)).text).toBe(readFileSync(path, 'utf8'));
    for (const path of ['/ui', '/ui/', '/ui/page.html', '/ui/page.controller.js', '/ui/..%2fpage.module.js']) {
      const { status, text } = await get(path, { accept: CHROME });
      expect([path, status, text]).toEqual([path, 404, '404 page not found']);
    }
    expect((await ask(`${proxy.url}/ui/page.css`, '{}')).status).toBe(405);
  });

  it('has only links that this server serves', async () => {
    const { links } = (await get('/ui/links.json')).lines[0] as unknown as { links: { path: string }[] };
    expect(links.map(({ path }) => path)).toEqual(['/v1/metrics', '/docs', '/redoc']);
    for (const { path } of links) expect([path, (await get(path)).status]).toEqual([path, 200]);
  });
});

describe('content that the policy would block', () => {
  it('is not in the page: no inline script, style or handler, and no other origin', async () => {
    const { text } = await get('/', { accept: CHROME });
    expect(text).not.toMatch(/<style|\sstyle=|\son\w+=|javascript:/i);
    for (const [script] of text.matchAll(/<script[^]*?<\/script>/g)) {
      expect(script).toMatch(/^<script type="module" src="\/ui\/page\.js"><\/script>$/);
    }
    for (const [, address] of text.matchAll(/\s(?:src|href|action|data)="([^"]*)"/g)) {
      expect(address).toMatch(/^(\/ui\/[\w.]+|#\w+)$/);
    }
  });

  it('is not in style, script and icon', async () => {
    expect((await get('/ui/page.css')).text).not.toMatch(/url\(|@import|https?:/);
    for (const name of OWN.filter((each) => each.endsWith('.js'))) {
      const { text } = await get(`/ui/${name}`);
      expect(text, name).not.toMatch(/https?:\/\/|innerHTML|outerHTML|insertAdjacentHTML|eval\(|import\(/);
      const imported = [...text.matchAll(/ from '([^']*)'/g)].map(([, path = '']) => path.replace('./', '/ui/'));
      expect(imported.filter((path) => !(path in FILES))).toEqual([]);
    }
    // The name of the format, not a place.
    expect((await get('/ui/icon.svg')).text.replace('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:|<script/);
  });
});

describe('the settings of clients', () => {
  it('use the variables that docs/clients.md has', async () => {
    const variable = /\b[A-Z]+(?:_[A-Z]+)+\b/g;
    const { text } = await get('/', { accept: CHROME });
    const documented: string[] = readFileSync('docs/clients.md', 'utf8').match(variable) ?? [];
    const used: string[] = text.match(variable) ?? [];
    expect(used).toContain('ANTHROPIC_BASE_URL');
    expect(used.filter((name) => !documented.includes(name))).toEqual([]);
  });
});

describe('PAGE_ENABLED=false', () => {
  it('gives browsers the plain text', async () => {
    const seen = await ask(plain.url, undefined, { headers: { accept: CHROME } });
    expect([seen.status, seen.type, seen.text]).toEqual([200, 'text/plain; charset=utf-8', 'Ollama is running']);
    for (const path of [...Object.keys(FILES), '/ui/links.json']) {
      expect([path, (await ask(`${plain.url}${path}`)).status]).toEqual([path, 404]);
    }
  });
});
