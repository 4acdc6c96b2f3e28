import { describe, expect, it } from 'vitest';
import { withProxy } from '../support/with-proxy.js';

const PAGES = ['/docs', '/redoc'];
const DOCUMENTS = ['/openapi.json', '/openapi.yaml', '/llms.txt'];

/** What a page loads, as its HTML names it. */
function loadedBy(html: string): string[] {
  return [...html.matchAll(/\b(?:src|href|spec-url)="([^"]*)"/g)].map(([, url = '']) => url);
}

const basic = (credentials: string) => ({
  headers: { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` },
});

describe('the API documents', () => {
  const setup = withProxy();

  it.each(PAGES)('%s is a page under a strict policy', async (path) => {
    const { status, type, headers, text } = await setup.ask(path);
    expect([status, type]).toEqual([200, 'text/html; charset=utf-8']);
    const policy = Object.fromEntries(
      (headers.get('content-security-policy') ?? '').split(';').map((part) => {
        const [name = '', ...values] = part.trim().split(' ');
        return [name, values];
      }),
    );
    expect(policy['default-src']).toEqual(["'self'"]);
    expect(policy['script-src']).toEqual(["'self'"]);
    expect(Object.keys(policy)).not.toContain('upgrade-insecure-requests');
    expect(headers.get('strict-transport-security')).toBeNull();
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(text).not.toMatch(/<script(?![^>]*\bsrc=)/);
    expect(text).not.toMatch(/\son\w+=/);
  });

  it.each(PAGES)('%s loads everything from this server', async (path) => {
    const { text } = await setup.ask(path);
    expect(text).not.toMatch(/https?:|["'(]\/\//);
    const urls = loadedBy(text).filter((url) => url !== 'data:,');
    expect(urls.length).toBeGreaterThan(1);
    for (const url of urls) {
      const asset = await setup.ask(url);
      expect([url, asset.status]).toEqual([url, 200]);
      expect(asset.text.length).toBeGreaterThan(100);
      expect(asset.type).toMatch(/javascript|css|json/);
      expect(asset.headers.get('content-security-policy')).toBeNull();
      expect(asset.text).not.toContain('cdn.redoc.ly/');
    }
  });

  it('start Swagger UI with an address for each operation, and without its validator', async () => {
    const { text } = await setup.ask('/docs/init.js');
    expect(text).toContain('deepLinking: true');
    expect(text).toContain('displayOperationId: true');
    expect(text).toContain('validatorUrl: null');
  });

  it('serve the document as JSON and as YAML', async () => {
    const json = await setup.ask('/openapi.json');
    expect([json.status, json.type]).toEqual([200, 'application/json; charset=utf-8']);
    expect(JSON.parse(json.text)).toMatchObject({ openapi: '3.1.0', servers: [{ url: '/' }] });
    const yaml = await setup.ask('/openapi.yaml');
    expect([yaml.status, yaml.type]).toEqual([200, 'application/yaml; charset=utf-8']);
    expect(yaml.text).toMatch(/^openapi: 3\.1\.0\n/);
  });

  it('serve every operation in a line as llms.txt', async () => {
    const { status, type, text } = await setup.ask('/llms.txt');
    expect([status, type]).toEqual([200, 'text/plain; charset=utf-8']);
    expect(text).toMatch(/^# Ollama-OpenAI Proxy\n\n> /);
    expect(text).toMatch(/^- `POST \/api\/chat`: Chat completion\. For /m);
    for (const [, path = ''] of text.matchAll(/\]\(([^)]+)\)/g)) expect((await setup.ask(path)).status).toBe(200);
  });

  it('do not change unknown paths and methods', async () => {
    for (const path of ['/docs/nothing.js', '/docs/../package.json', '/redoc/x', '/openapi.xml']) {
      const { status, text } = await setup.ask(path);
      expect([path, status, text]).toEqual([path, 404, '404 page not found']);
    }
    const post = await setup.ask('/docs', {});
    expect([post.status, post.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
    expect((await setup.ask('/api/version')).headers.get('content-security-policy')).toBeNull();
  });
});

describe('the API documents with DOCS_AUTH', () => {
  const setup = withProxy({}, { DOCS_AUTH: 'reader:pässword:1' });

  it.each([...PAGES, ...DOCUMENTS, '/docs/init.js', '/redoc/redoc.standalone.js'])(
    '%s asks for user and password',
    async (path) => {
      const without = await setup.ask(path);
      expect(without.status).toBe(401);
      expect(without.headers.get('www-authenticate')).toMatch(/^Basic realm=/);
      expect(without.text).not.toContain('swagger');
      expect((await setup.ask(path, undefined, basic('reader:wrong'))).status).toBe(401);
      expect((await setup.ask(path, undefined, basic('reader:pässword:1'))).status).toBe(200);
    },
  );

  it('do not require it on other paths', async () => {
    expect((await setup.ask('/api/version')).status).toBe(200);
  });
});

describe('with DOCS_ENABLED=false', () => {
  const setup = withProxy({}, { DOCS_ENABLED: 'false' });

  it.each([...PAGES, ...DOCUMENTS, '/docs/init.js', '/docs/swagger-ui.css'])('%s is a 404', async (path) => {
    const { status, text } = await setup.ask(path);
    expect([status, text]).toEqual([404, '404 page not found']);
  });
});
