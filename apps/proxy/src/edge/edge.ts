import type { INestApplicationContext } from '@nestjs/common';
import type { RequestHandler } from 'express';
import { KeyRegistry } from '#access';
import type { Settings } from '#config';
import { UpstreamRegistry } from '#connections';
import { Counters } from '#observability';
import { checkApiKey } from '../auth/api-key.middleware.js';
import { PublicPaths } from '../auth/public-paths.js';
import { Lifecycle, trackRequests } from '../lifecycle/lifecycle.js';
import { RouteTable } from '../routes/route-table.js';
import { readBody } from './body.middleware.js';
import { normaliseForwardedFor } from './forwarded-for.middleware.js';
import { refuseLoop } from './loop.middleware.js';
import { bodyBudgetBytes, MemoryBudget } from './memory-budget.js';
import { checkMethod } from './method.middleware.js';
import { checkOrigin } from './origin.middleware.js';
import { LagMeter, refuseOverload } from './overload.middleware.js';
import type { RequestObserver } from './request-observer.js';
import { recordRequest } from './request-record.middleware.js';

interface EdgeStep {
  readonly run: RequestHandler;
  /** Why it stands at this place. */
  readonly because: string;
}

/** What every request passes before its route, in this order. */
export function edgeSteps(
  app: INestApplicationContext,
  settings: Settings,
  observers: readonly RequestObserver[],
): readonly EdgeStep[] {
  const { origins, isLoopback, maxLagMs, maxBodyBytes, trustedProxies, workers } = settings.server;
  const lifecycle = app.get(Lifecycle);
  const paths = new PublicPaths(settings.access);
  return [
    ...(trustedProxies === undefined
      ? []
      : [{ run: normaliseForwardedFor, because: 'everything below knows the client by request.ip' }]),
    {
      run: recordRequest(observers, app.get(RouteTable)),
      because: 'every response carries the request id, refusals below included',
    },
    { run: trackRequests(lifecycle), because: 'a shutdown has to know of every request, also of one that is refused' },
    {
      run: checkOrigin(origins, isLoopback),
      because: 'preflights carry no API key, so they are answered before it is checked',
    },
    {
      run: refuseLoop(app.get(UpstreamRegistry, { strict: false }).pseudonym),
      because: 'before anything that costs time: each further round would cost it again',
    },
    ...(maxLagMs > 0
      ? [{ run: refuseOverload(startMeter(maxLagMs, lifecycle)), because: 'before anything that costs time' }]
      : []),
    {
      run: checkApiKey(app.get(KeyRegistry), paths, app.get(Counters)),
      because: 'before the body, so that no memory is spent on a client without a key',
    },
    { run: checkMethod, because: 'before the body: only declared methods reach a handler, and through it an upstream' },
    {
      run: readBody(maxBodyBytes, new MemoryBudget(bodyBudgetBytes(workers))),
      because: 'last: it waits for the network, and opens the log context of the handler',
    },
  ];
}

function startMeter(maxLagMs: number, lifecycle: Lifecycle): LagMeter {
  const meter = new LagMeter(maxLagMs);
  const stop = meter.start();
  lifecycle.beforeExit(() => {
    stop();
    return Promise.resolve();
  });
  return meter;
}
