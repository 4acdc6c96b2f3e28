import type { NestExpressApplication } from '@nestjs/platform-express';
import { NestFactory } from '@nestjs/core';
import type { Express } from 'express';
import express from 'express';
import type { RequestListener } from 'node:http';
import { Logger } from 'nestjs-pino';
import type { Settings } from '#config';
import type { BufferedLog, LogDestinations } from '#observability';
import { openPrettyLog } from '#observability';
import { AppModule } from './app.module.js';
import { ApiDocument } from './docs/api-document.js';
import type { RequestObserver } from './edge/request-observer.js';
import { Lifecycle } from './lifecycle/lifecycle.js';
import { RateLimitGuard } from './rate-limit/rate-limit.guard.js';
import { DirectRoutes } from './routes/direct-routes.js';
import { RouteTable } from './routes/route-table.js';
import type { MessageClasses } from './server/http-messages.js';
import { messageClassesOf } from './server/http-messages.js';
import { createRequestListener } from './server/request-listener.js';
import { accessLog } from './telemetry/access-log.js';
import { responseHeaders } from './telemetry/response-headers.js';
import { RequestMetrics } from './telemetry/metrics/request-metrics.js';

/** Nest's application, and what a server needs for its requests. */
export interface Application {
  readonly app: NestExpressApplication;
  readonly messages: MessageClasses;
  readonly listener: RequestListener;
}

interface ApplicationOptions {
  /** False looks every route up in Express. */
  readonly hasDirectRoutes?: boolean;
  /** Where JSON log lines go; by default to standard output at once. */
  readonly log?: BufferedLog;
}

/** Creates the application, ready to listen; tests start it in the same way. */
export async function createApplication(
  settings: Settings,
  { hasDirectRoutes = true, log }: ApplicationOptions = {},
): Promise<Application> {
  const router = createRouter(settings);
  const messages = messageClassesOf(router);
  const routes = new DirectRoutes(router);
  const destinations = { pretty: await openPrettyLog(settings.log), plain: log };
  const app = await NestFactory.create<NestExpressApplication>(AppModule.with(settings, destinations), routes, {
    bodyParser: false,
    bufferLogs: true,
    abortOnError: false,
  });
  app.useLogger(app.get(Logger));
  app.disable('x-powered-by');
  app.set('etag', false);
  if (settings.docs.enabled) app.get(ApiDocument, { strict: false }).application = app;
  await app.init();
  const direct = hasDirectRoutes ? routes.handlersOf(app.get(RouteTable)) : new Map<never, never>();
  const observers = await createObservers(app, settings, destinations);
  return { app, messages, listener: createRequestListener(app, settings, { direct, observers }) };
}

/** Settings that have no effect once Nest's adapter has used the router. */
function createRouter({ server }: Settings): Express {
  const router = express();
  router.set('case sensitive routing', true);
  if (server.trustedProxies !== undefined) router.set('trust proxy', server.trustedProxies);
  return router;
}

/** In the order in which they see the end of a request. */
async function createObservers(
  app: NestExpressApplication,
  settings: Settings,
  destinations: LogDestinations,
): Promise<RequestObserver[]> {
  const observers = [
    settings.tracing.enabled ? await startTracing(app, settings) : undefined,
    accessLog(settings.log, destinations),
    responseHeaders(settings.server.responseHeaders),
    settings.metrics.enabled ? app.get(RequestMetrics, { strict: false }) : undefined,
    settings.limits.enabled ? app.get(RateLimitGuard, { strict: false }) : undefined,
  ];
  return observers.filter((observer) => observer !== undefined);
}

/** The packages for tracing are loaded only when it is enabled. */
async function startTracing(app: NestExpressApplication, settings: Settings): Promise<RequestObserver> {
  const tracing = (await import('./telemetry/tracing/start-tracing.js')).startTracing(settings);
  app.get(Lifecycle).beforeExit(() => tracing.stop());
  return tracing.observer;
}
