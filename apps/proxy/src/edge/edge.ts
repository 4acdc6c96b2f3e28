import type { INestApplicationContext } from '@nestjs/common';
import type { Request, Response } from 'express';
import { KeyRegistry } from '#access';
import type { Settings } from '#config';
import { UpstreamRegistry } from '#connections';
import { Counters } from '#observability';
import { checkApiKey } from '../auth/check-api-key.js';
import { PublicPaths } from '../auth/public-paths.js';
import { Lifecycle } from '../lifecycle/lifecycle.js';
import { beginRequest } from './begin-request.js';
import { checkMethod } from './check-method.js';
import { checkOrigin } from './check-origin.js';
import { discardBody } from './discard-body.js';
import { normaliseForwardedFor } from './forwarded-for.js';
import { bodyBudgetBytes, MemoryBudget } from './memory-budget.js';
import { readBody } from './read-body.js';
import { refuseLoop } from './refuse-loop.js';
import { LagMeter, refuseOverload } from './refuse-overload.js';
import type { RequestObserver } from './request-observer.js';

/**
 * Decides on a request before its body is read.
 * @returns whether it goes on; false when it has been answered
 * @throws ProxyException, NotFoundException
 */
export type EdgeCheck = (request: Request, response: Response) => boolean;

/** Takes a request whose body has been read, or the failure of one that was refused. */
export type Route = (request: Request, response: Response, failure?: unknown) => void;

interface EdgeStep {
  readonly check: EdgeCheck;
  /** Why it stands at this place. */
  readonly because: string;
}

/** What every request passes before its route. */
export function createEdge(
  app: INestApplicationContext,
  settings: Settings,
  observers: readonly RequestObserver[],
  route: Route,
): (request: Request, response: Response) => void {
  const { maxBodyBytes, workers } = settings.server;
  const budget = new MemoryBudget(bodyBudgetBytes(workers));
  const checks = edgeSteps(app, settings, beginRequest(observers, budget, app)).map(({ check }) => check);
  const read = readBody(maxBodyBytes, budget, route);
  return (request, response) => {
    try {
      for (const check of checks) if (!check(request, response)) return;
    } catch (failure) {
      discardBody(request);
      route(request, response, failure);
      return;
    }
    // Last, since it waits for the network.
    read(request, response);
  };
}

/** In this order. */
function edgeSteps(app: INestApplicationContext, settings: Settings, begin: EdgeCheck): readonly EdgeStep[] {
  const { origins, isLoopback, maxLagMs, trustedProxies } = settings.server;
  return [
    ...(trustedProxies === undefined
      ? []
      : [{ check: normaliseForwardedFor, because: 'everything below knows the client by request.ip' }]),
    {
      check: begin,
      because:
        'every response carries the request id, and a shutdown has to know of every request, refusals below included',
    },
    {
      check: checkOrigin(origins, isLoopback),
      because: 'preflights carry no API key, so they are answered before it is checked',
    },
    {
      check: refuseLoop(app.get(UpstreamRegistry, { strict: false }).pseudonym),
      because: 'before anything that costs time: each further round would cost it again',
    },
    ...(maxLagMs > 0
      ? [
          {
            check: refuseOverload(startMeter(maxLagMs, app.get(Lifecycle))),
            because: 'before anything that costs time',
          },
        ]
      : []),
    {
      check: checkApiKey(app.get(KeyRegistry), new PublicPaths(settings.access), app.get(Counters)),
      because: 'before the body, so that no memory is spent on a client without a key',
    },
    {
      check: checkMethod,
      because: 'before the body: only declared methods reach a handler, and through it an upstream',
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
