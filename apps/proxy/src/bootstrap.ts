import type { NestExpressApplication } from '@nestjs/platform-express';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import express from 'express';
import { Logger, PinoLogger } from 'nestjs-pino';
import type { Settings } from '#config';
import { AppModule } from './app.module.js';
import { edgeSteps } from './edge/edge.js';
import { accessLog } from './telemetry/access-log.js';
import { Lifecycle } from './lifecycle/lifecycle.js';
import { RateLimitGuard } from './rate-limit/rate-limit.guard.js';
import { RequestMetrics } from './telemetry/metrics/request-metrics.js';

/** Nest tells of each module and route that it has made, in some eighty lines. */
const START_CONTEXTS = new Set([
  'NestFactory',
  'InstanceLoader',
  'RoutesResolver',
  'RouterExplorer',
  'NestApplication',
]);

/** The same logger, but for what only developers want to know of a start: that is told at DEBUG. */
function quietStart(logger: Logger): Logger {
  const log = logger.log.bind(logger);
  logger.log = (message: unknown, ...rest: unknown[]): void => {
    if (START_CONTEXTS.has(String(rest.at(-1)))) logger.debug(message, ...rest);
    else log(message, ...rest);
  };
  return logger;
}

/** The application, ready to listen; the tests start the same. */
export async function createApplication(settings: Settings): Promise<NestExpressApplication> {
  // Set before Nest's adapter touches the router, or it has no effect.
  const server = express();
  server.set('case sensitive routing', true);
  const { trustedProxies } = settings.server;
  if (trustedProxies !== undefined) server.set('trust proxy', trustedProxies);
  const app = await NestFactory.create<NestExpressApplication>(AppModule.with(settings), new ExpressAdapter(server), {
    bodyParser: false,
    bufferLogs: true,
    abortOnError: false,
  });
  app.useLogger(quietStart(app.get(Logger)));
  app.disable('x-powered-by');
  app.set('etag', false);
  // Its packages are loaded only for those who want traces.
  const tracing = settings.tracing.enabled
    ? (await import('./telemetry/tracing/start-tracing.js')).startTracing(settings)
    : undefined;
  const observers = [
    tracing?.observer,
    accessLog(PinoLogger.root),
    settings.metrics.enabled ? app.get(RequestMetrics, { strict: false }) : undefined,
    settings.limits.enabled ? app.get(RateLimitGuard, { strict: false }) : undefined,
  ];
  const steps = edgeSteps(
    app,
    settings,
    observers.filter((observer) => observer !== undefined),
  );
  for (const { run } of steps) app.use(run);
  if (tracing) app.get(Lifecycle).beforeExit(() => tracing.stop());
  await app.init();
  return app;
}
