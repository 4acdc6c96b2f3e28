import { describe, expect, it } from 'vitest';
import { withProxy } from '../support/with-proxy.js';
import { codeIn, documents, proseOf } from './markdown.js';

/** The Python service's, named where we say what became of them. */
const GONE = ['/api/metrics', '/api/models', '/v1/health', '/v1/metrics/health', '/v1/metrics/prometheus', '/v1/tags'];

const PATH =
  /^(?:(?:GET|HEAD|POST|DELETE) )?(\/(?:api|v1)\/[\w./-]+|\/(?:health|ready|readyz|livez|metrics|docs|redoc|openapi\.\w+))$/;

const named = documents.flatMap((file) => codeIn(proseOf(file)).flatMap((code) => PATH.exec(code)?.[1] ?? []));
const paths = [...new Set(named)].filter((path) => !GONE.includes(path) && !path.endsWith('/'));

describe('the paths that documents name', () => {
  const setup = withProxy();

  it('are many', () => {
    expect(paths.length).toBeGreaterThan(20);
    expect(GONE.filter((path) => !named.includes(path))).toEqual([]);
  });

  it.each(paths)('%s is there', async (path) => {
    expect((await setup.ask(path)).text).not.toBe('404 page not found');
  });

  it.each(GONE)('%s is gone, as documents say', async (path) => {
    expect((await setup.ask(path)).text).toBe('404 page not found');
  });
});
