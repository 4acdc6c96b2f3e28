import type { OperationDocs } from '../routes/operation-docs.js';
import { ANY_REQUEST, json, refTo } from '../routes/operation-docs.js';

const UPSTREAM = {
  name: 'default',
  host: 'api.openai.com',
  reachable: true,
  breaker: 'closed',
  running: 2,
  queued: 0,
  models: 6,
  simulator: false,
  listAgeSeconds: 12,
  lastError: {
    message: 'upstream error: the connection was refused',
    cause: 'connect ECONNREFUSED 10.0.0.7:8000',
    secondsAgo: 340,
  },
};
const UPSTREAMS = {
  upstreams: {
    status: 'up',
    upstreams: [UPSTREAM],
  },
};
const READY = { status: 'ready', checks: { upstreams: [UPSTREAM] } };

/** Readiness has two paths. */
function readiness(operationId: string): OperationDocs {
  return {
    operationId,
    audience: 'For Kubernetes and load balancers: whether to send requests here.',
    tags: ['Service'],
    summary: 'Readiness probe',
    description:
      'Upstreams count only with READY_REQUIRES_UPSTREAM, which also refetches the model list of an unreachable one. Otherwise no upstream is called. Redis never counts.',
    responses: {
      200: json('Ready.', 'Ready', { ready: ['Ready', READY] }),
      ...ANY_REQUEST,
      503: json('Not ready: the process is starting or draining, or no upstream is reachable.', 'Ready', {
        draining: ['Draining', { ...READY, status: 'draining' }],
      }),
    },
  };
}

export const root: OperationDocs = {
  operationId: 'getRoot',
  audience: 'For clients that test the address of the server, and for people with a browser.',
  tags: ['Service'],
  summary: 'Service banner',
  description: 'Plain text; JSON or the web page if `Accept` names it.',
  responses: {
    200: {
      description: 'The service is running.',
      content: {
        'text/plain': { schema: { type: 'string' }, example: 'Ollama is running' },
        'application/json': {
          schema: refTo('ServiceInformation'),
          example: {
            status: 'Ollama is running',
            service: 'ollama-openai-proxy',
            version: '0.40.2',
            endpoints: ['POST /api/chat', 'GET /api/tags'],
          },
        },
        'text/html': { schema: { type: 'string' } },
      },
    },
    ...ANY_REQUEST,
  },
};

export const headRoot: OperationDocs = {
  operationId: 'checkRoot',
  audience: 'For `ollama` and other clients that test the address of the server.',
  tags: ['Service'],
  summary: 'Check that the service is running',
  responses: { 200: { description: 'The service is running. No body.' }, ...ANY_REQUEST },
};

export const apiVersion: OperationDocs = {
  operationId: 'getVersion',
  audience: 'For clients that require a certain version of Ollama.',
  tags: ['Service'],
  summary: 'Ollama version of the API',
  responses: {
    200: json('The version.', 'Version', { version: ['A version', { version: '0.40.2' }] }),
    ...ANY_REQUEST,
  },
};

export const headVersion: OperationDocs = {
  operationId: 'checkVersion',
  audience: 'For clients that test the address of the server.',
  tags: ['Service'],
  summary: 'Check the version route',
  responses: { 200: { description: 'The route exists. No body.' }, ...ANY_REQUEST },
};

export const headHello: OperationDocs = {
  operationId: 'checkHello',
  audience: 'For Claude Code, which tests the address of the server.',
  tags: ['Service'],
  summary: 'Check the server',
  description: 'The probe of Claude Code.',
  responses: { 200: { description: 'The server is running. No body.' }, ...ANY_REQUEST },
};

export const live: OperationDocs = {
  operationId: 'getLiveness',
  audience: 'For Kubernetes and other supervisors: when to restart the process.',
  tags: ['Service'],
  summary: 'Liveness probe',
  description: 'Checks nothing outside of the process.',
  responses: { 200: json('Alive.', 'Alive', { ok: ['Alive', { status: 'ok' }] }), ...ANY_REQUEST },
};

export const ready: OperationDocs = readiness('getReady');

export const readyz: OperationDocs = readiness('getReadiness');

export const version: OperationDocs = {
  operationId: 'getBuild',
  audience: 'For operators: what is deployed.',
  tags: ['Service'],
  summary: 'Version of this service',
  description: 'VERSION_ENDPOINT_ENABLED=false removes it.',
  responses: {
    200: json('The version.', 'Build', {
      build: [
        'A released image',
        { version: '1.0.0', commit: '3f2c9d1', built: '2026-11-24T12:00:00Z', node: '24.21.0', uptimeSeconds: 3600 },
      ],
    }),
    ...ANY_REQUEST,
  },
};

export const health: OperationDocs = {
  operationId: 'getHealth',
  audience: 'For operators and dashboards: which upstream fails, and why.',
  tags: ['Service'],
  summary: 'State of the upstreams',
  description: 'As of their last model list and calls; calls no upstream. Always 200.',
  responses: {
    200: json('The state.', 'Health', {
      up: ['All are reachable', { status: 'ok', info: UPSTREAMS, error: {}, details: UPSTREAMS }],
    }),
    ...ANY_REQUEST,
  },
};
