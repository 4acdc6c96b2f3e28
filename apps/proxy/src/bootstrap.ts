import type { NestExpressApplication } from '@nestjs/platform-express';
import { NestFactory } from '@nestjs/core';
import { Logger, PinoLogger } from 'nestjs-pino';
import type { Settings } from '#config';
import { AppModule } from './app.module.js';
import { readBody } from './http/body.middleware.js';
import { requestScope } from './http/request-scope.middleware.js';

/** The application, ready to listen; the tests start the same. */
export async function createApplication(settings: Settings): Promise<NestExpressApplication> {
  const app = await NestFactory.create<NestExpressApplication>(AppModule.with(settings), {
    bodyParser: false,
    bufferLogs: true,
    abortOnError: false,
  });
  app.useLogger(app.get(Logger));
  app.disable('x-powered-by');
  app.set('etag', false);
  app.use(requestScope(PinoLogger.root));
  app.use(readBody(settings.server.maxBodyBytes));
  await app.init();
  return app;
}
