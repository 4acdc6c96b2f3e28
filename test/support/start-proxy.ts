import type { Server } from 'node:http';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { createApplication } from '../../apps/proxy/src/bootstrap.js';
import { listen } from '../../apps/proxy/src/listen.js';
import { shutDown } from '../../apps/proxy/src/shutdown.js';
import { readSettings } from '#config';

export interface RunningProxy {
  readonly url: string;
  readonly port: number;
  readonly app: NestExpressApplication;
  readonly servers: readonly Server[];
  /** Stops it, cutting what still runs. */
  close(): Promise<void>;
}

/** The real application on a free port of 127.0.0.1, in this process. */
export async function startProxy(backend: string, environment: Record<string, string> = {}): Promise<RunningProxy> {
  const settings = readSettings({
    OPENAI_API_BASE_URL: backend,
    PROXY_PORT: '0',
    HOST: '127.0.0.1',
    LOG_LEVEL: 'ERROR',
    MAX_RETRIES: '0',
    ...environment,
  });
  const app = await createApplication(settings);
  const servers = await listen(app, settings.server);
  const address = servers[0]?.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    app,
    servers,
    close: () => shutDown(app, servers, 0),
  };
}
