import type { NestExpressApplication } from '@nestjs/platform-express';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSettings } from '#config';
import { createApplication } from '../bootstrap.js';
import { DirectRoutes } from './direct-routes.js';
import { RouteTable } from './route-table.js';

let app: NestExpressApplication;

beforeAll(async () => {
  ({ app } = await createApplication(readSettings({ OPENAI_API_BASE_URL: 'http://127.0.0.1:9', LOG_LEVEL: 'ERROR' })));
});
afterAll(() => app.close());

interface Layer {
  route?: { path: string; stack: { handle: unknown; method: string }[] };
}

describe('the direct routes', () => {
  it('are those that run a model, each with the handler that Express has', () => {
    const routes = app.getHttpAdapter();
    if (!(routes instanceof DirectRoutes)) throw new Error('another adapter');
    const table = app.get(RouteTable);
    const { router } = app.getHttpAdapter().getInstance() as unknown as { router: { stack: Layer[] } };
    const ofExpress = (path: string | undefined): unknown => {
      const route = router.stack.flatMap((layer) => (layer.route?.path === path ? [layer.route] : []))[0];
      return route?.stack.find(({ method }) => method === 'post')?.handle;
    };
    const handlers = [...routes.handlersOf(table)];
    for (const [{ path }, handler] of handlers) expect(handler).toBe(ofExpress(path));
    const paths = handlers.map(([{ path }]) => path).toSorted();
    const declared = table.routes.filter(({ declaration }) => declaration.genAi).map(({ path }) => path);
    expect(paths).toEqual(declared.toSorted());
    expect(paths).toContain('/api/chat');
  });
});
