import type { NestExpressApplication } from '@nestjs/platform-express';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSettings } from '#config';
import { createApplication } from '../bootstrap.js';
import { ERROR_FORMATS } from '../errors/error-format.js';
import { RouteTable } from './route-table.js';

let app: NestExpressApplication;
let table: RouteTable;

beforeAll(async () => {
  ({ app } = await createApplication(readSettings({ OPENAI_API_BASE_URL: 'http://127.0.0.1:9', LOG_LEVEL: 'ERROR' })));
  table = app.get(RouteTable);
});
afterAll(() => app.close());

interface Layer {
  route?: { path: string; methods: Record<string, boolean> };
}

describe('the route table', () => {
  it('holds the routes of Express and no others', () => {
    const { router } = app.getHttpAdapter().getInstance() as unknown as { router: { stack: Layer[] } };
    const ofExpress = router.stack.flatMap(({ route }) =>
      route ? Object.keys(route.methods).map((method) => `${method.toUpperCase()} ${route.path}`) : [],
    );
    const ofTable = table.routes.map(({ method, path }) => `${method} ${path}`);
    expect([...new Set(ofTable)].toSorted()).toEqual([...new Set(ofExpress)].toSorted());
  });

  it.each([
    ['GET', '/', '/'],
    ['POST', '/api/chat', '/api/chat'],
    ['POST', '/api/chat/', '/api/chat'],
    ['POST', '/api/blobs/sha256:1', '/api/blobs/:digest'],
    ['HEAD', '/api/blobs/sha256:1/', '/api/blobs/:digest'],
    ['GET', '/v1/models', '/v1/models'],
    ['GET', '/v1/models/a/b', '/v1/models/*id'],
    ['GET', '/v1/responses/r1', '/v1/responses/*id'],
    ['GET', '/v1/responses/r1/input_items', '/v1/responses/*id'],
    ['DELETE', '/v1/responses/r1', '/v1/responses/*id'],
    ['POST', '/v1/responses/compact', '/v1/responses/compact'],
    ['GET', '/v1/responses', '/v1/*path'],
    ['HEAD', '/health', '/health'],
    ['GET', '/favicon.ico', '/favicon.ico'],
  ])('finds %s %s', (method, path, route) => {
    expect(table.find(method, path)).toMatchObject({ isRouted: true, path: route });
  });

  it.each([
    ['GET', '/api/chat', 'POST'],
    ['HEAD', '/api/ps', 'GET'],
    ['HEAD', '/v1/models', 'GET'],
    ['PUT', '/', 'GET, HEAD'],
    ['POST', '/docs', 'GET, HEAD'],
    ['PUT', '/v1/chat/completions', 'POST'],
    ['PUT', '/v1/files', ''],
    ['HEAD', '/v1/files', ''],
    ['HEAD', '/v1/chat/completions', 'POST'],
    ['get', '/api/tags', 'GET, HEAD'],
    ['GET', '/API/tags', ''],
    ['GET', '/api/blobs/', ''],
    ['POST', '/api/blobs/a/b', ''],
    ['GET', '/nowhere', ''],
  ])('has no route for %s %s', (method, path, allow) => {
    const info = table.find(method, path);
    expect(info).toMatchObject({ isRouted: false, allow, operation: 'other', readsBody: false });
    expect(info.genAi).toBeUndefined();
  });

  it.each([
    '/',
    '/api/version',
    '/api/version/',
    '/health',
    '/ready',
    '/docs',
    '/docs/init.js',
    '/openapi.json',
    '/ui/page.js',
  ])('needs no key at %s', (path) => {
    expect(table.find('GET', path).needsKey).toBe(false);
  });

  it.each([
    '/api/tags',
    '/api/chat',
    '/healthy',
    '/v1/version',
    '/docsx',
    '/API/version',
    '/v1/metricsx',
    '/ui',
    '/v1/files',
  ])('needs a key at %s', (path) => {
    expect(table.find('GET', path).needsKey).toBe(true);
  });

  it('knows the API of a request and the format of its errors', () => {
    const of = (path: string, method = 'POST') => {
      const { api, operation, errors } = table.find(method, path);
      return [api, operation, errors];
    };
    expect(of('/api/chat')).toEqual(['ollama', 'chat', ERROR_FORMATS.ollama]);
    expect(of('/v1/audio/speech')).toEqual(['openai', 'passed', ERROR_FORMATS.openai]);
    expect(of('/v1/messages')).toEqual(['openai', 'messages', ERROR_FORMATS.anthropic]);
    expect(of('/v1/messages/batches')).toEqual(['openai', 'passed', ERROR_FORMATS.anthropic]);
    expect(of('/v1/messages', 'PUT')).toEqual(['openai', 'other', ERROR_FORMATS.anthropic]);
    expect(of('/v1/messages', 'DELETE')).toEqual(['openai', 'passed', ERROR_FORMATS.anthropic]);
    expect(of('/v1/messages/count_tokens', 'GET')).toEqual(['openai', 'passed', ERROR_FORMATS.anthropic]);
    expect(table.find('GET', '/v1/responses')).toMatchObject({ path: '/v1/*path', allow: 'POST' });
    expect(of('/v1/messagesx')).toEqual(['openai', 'passed', ERROR_FORMATS.openai]);
    expect(of('/v1/metrics', 'GET')).toEqual(['service', 'metrics', ERROR_FORMATS.openai]);
    expect(of('/api/nothing')).toEqual(['ollama', 'other', ERROR_FORMATS.ollama]);
    expect(of('/nothing')).toEqual(['service', 'other', ERROR_FORMATS.ollama]);
  });
});
