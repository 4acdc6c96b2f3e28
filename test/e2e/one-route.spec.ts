import { Controller, HttpCode, Post, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import type { Simulator } from '../../apps/simulator/src/simulator.js';
import { createSimulator } from '../../apps/simulator/src/simulator.js';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ChatModule } from '../../apps/proxy/src/chat/chat.module.js';
import { Route } from '../../apps/proxy/src/routes/route.decorator.js';
import { ask } from '../support/ask.js';
import type { RunningProxy } from '../support/start-proxy.js';
import { startProxy } from '../support/start-proxy.js';

/** A new route: this class is the only thing that is added to the application. */
@Controller('v1')
class WidgetsController {
  @Post('widgets')
  @HttpCode(200)
  @Route({
    operation: 'widgets',
    errors: 'anthropic',
    access: 'public',
    genAi: 'chat',
    link: 'Widgets',
    docs: () =>
      Promise.resolve({
        make: {
          operationId: 'makeWidget',
          audience: 'For tests.',
          summary: 'Make a widget',
          responses: { 200: { description: 'Made.' } },
        },
      }),
  })
  make(@Req() request: Request, @Res() response: Response): void {
    if (request.bodyText === '') throw new Error('no body');
    response.end(request.bodyText);
  }
}

const KEY = 'key-of-the-one-route-suite';
let simulator: Simulator;
let proxy: RunningProxy;
const controllers = Reflect.getMetadata('controllers', ChatModule) as unknown[];

beforeAll(async () => {
  Reflect.defineMetadata('controllers', [...controllers, WidgetsController], ChatModule);
  simulator = createSimulator();
  proxy = await startProxy(await simulator.listen(), { PROXY_API_KEYS: KEY, RATE_LIMIT_TOKENS_PER_MINUTE: '100000' });
  Reflect.defineMetadata('controllers', controllers, ChatModule);
});
afterAll(async () => {
  await proxy.close();
  await simulator.close();
});

it('a route that one decorated handler adds is known everywhere', async () => {
  const url = `${proxy.url}/v1/widgets`;
  // Public, and its body is read rather than streamed as others below /v1 are.
  const made = await ask(url, '{"size":1}');
  expect([made.status, made.text]).toEqual([200, '{"size":1}']);
  // It counts towards the token limit.
  expect(made.headers.get('x-ratelimit-limit-tokens')).toBe('100000');
  expect(Number(made.headers.get('x-ratelimit-remaining-tokens'))).toBeLessThan(100_000);
  // Its errors have the declared format, and so have those of paths below it.
  const failed = await ask(url, '');
  expect([failed.status, failed.lines[0]]).toEqual([
    500,
    { type: 'error', error: { type: 'api_error', message: 'internal error' } },
  ]);
  expect((await ask(`${url}/more`, '{}')).lines[0]).toMatchObject({ type: 'error' });
  // It answers no other methods.
  for (const method of ['HEAD', 'PUT']) {
    const refused = await ask(url, undefined, { method, headers: { 'x-api-key': KEY } });
    expect([method, refused.status, refused.headers.get('allow')]).toEqual([method, 405, 'POST']);
  }
  // The list at /, the links of the page, the API document and the metrics have it.
  const root = await ask(`${proxy.url}/`, undefined, { headers: { accept: 'application/json' } });
  expect((root.lines[0] as { endpoints?: string[] }).endpoints).toContain('POST /v1/widgets');
  expect((await ask(`${proxy.url}/ui/links.json`)).text).toContain('{"path":"/v1/widgets","text":"Widgets"}');
  const document = JSON.parse((await ask(`${proxy.url}/openapi.json`)).text) as {
    paths: Record<string, { post?: { summary?: string; security?: unknown[]; responses: object } }>;
  };
  expect(document.paths['/v1/widgets']?.post).toMatchObject({ operationId: 'makeWidget', security: [] });
  expect(Object.keys(document.paths['/v1/widgets']?.post?.responses ?? {})).toEqual(['200', '429', '503']);
  expect((await ask(`${proxy.url}/metrics`)).text).toMatch(
    /llmproxy_requests_total\{api="openai",operation="widgets",model="",outcome="ok",code="200"\} 1/,
  );
});
