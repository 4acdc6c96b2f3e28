import { describe, expect, it } from 'vitest';
import { defaultDocument, operationsOf } from '../support/openapi.js';
import { ASSETS } from '../../apps/proxy/src/page/page-files.js';
import { withProxy } from '../support/with-proxy.js';

const setup = withProxy();
const document = await defaultDocument();

/** The documents do not describe themselves, nor what the page at `/` is made of. */
const UNDOCUMENTED = [
  'GET /docs',
  'GET /docs/init.js',
  'GET /favicon.ico',
  'GET /docs/swagger-ui.css',
  'GET /docs/swagger-ui-bundle.js',
  'GET /redoc',
  'GET /redoc/redoc.standalone.js',
  'GET /openapi.json',
  'GET /openapi.yaml',
  'GET /llms.txt',
  'GET /ui/links.json',
  ...ASSETS.map((name) => `GET /ui/${name}`),
];

interface Layer {
  route?: { path: string; methods: Record<string, boolean> };
}

/** Every route of the running server once, with what varies as `{name}`; browsers have a route of their own at `/`. */
function routes(): string[] {
  const application = setup.proxy.app.getHttpAdapter().getInstance() as unknown as { router: { stack: Layer[] } };
  const all = application.router.stack.flatMap(({ route }) =>
    route
      ? Object.keys(route.methods).map(
          (method) => `${method.toUpperCase()} ${route.path.replaceAll(/[:*](\w+)/g, '{$1}')}`,
        )
      : [],
  );
  return [...new Set(all)];
}

describe('the routes of the server and the operations of the document', () => {
  it('are the same', () => {
    const documented = operationsOf(document).map(({ method, path }) => `${method} ${path}`);
    expect(documented.toSorted()).toEqual(
      routes()
        .filter((route) => !UNDOCUMENTED.includes(route))
        .toSorted(),
    );
    expect(routes()).toEqual(expect.arrayContaining(UNDOCUMENTED));
  });

  it('have ids that name one operation each, fit for a program', () => {
    const ids = operationsOf(document).map(({ operation }) => operation.operationId ?? '');
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(/^[a-z][A-Za-z]+$/);
    expect(ids).toEqual(expect.arrayContaining(['chat', 'generate', 'embed', 'listModels', 'showModel']));
  });
});
