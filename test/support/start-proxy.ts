import type { NestExpressApplication } from '@nestjs/platform-express';
import { createApplication } from '../../apps/proxy/src/bootstrap.js';
import type { ClientTimeouts } from '../../apps/proxy/src/server/listen.js';
import { listen } from '../../apps/proxy/src/server/listen.js';
import { shutDown } from '../../apps/proxy/src/server/shutdown.js';
import { readSettings } from '#config';

export interface RunningProxy {
  readonly url: string;
  readonly port: number;
  readonly app: NestExpressApplication;
  /** Stops it, cutting what still runs. */
  close(): Promise<void>;
}

/** The real application on a free port of 127.0.0.1, in this process. */
export async function startProxy(
  upstream: string,
  environment: Record<string, string> = {},
  timeouts?: ClientTimeouts,
): Promise<RunningProxy> {
  const settings = readSettings({
    OPENAI_API_BASE_URL: upstream,
    PROXY_PORT: '0',
    HOST: '127.0.0.1',
    LOG_LEVEL: 'ERROR',
    MAX_RETRIES: '0',
    // Faults are what most tests are about; those of the breaker turn it on.
    CIRCUIT_BREAKER_ENABLED: 'false',
    ...environment,
  });
  const application = await createApplication(settings, { hasDirectRoutes: process.env.TEST_ROUTES !== 'express' });
  const { app } = application;
  const listeners = await listen(application, settings.server, timeouts);
  const address = listeners[0]?.server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return {
    url: `${settings.server.tls ? 'https' : 'http'}://127.0.0.1:${port}`,
    port,
    app,
    close: () => shutDown(app, listeners, { graceMs: 0, lingerMs: 0 }),
  };
}
