import type { OperationDocs } from '../routes/operation-docs.js';
import { ANY_REQUEST, json, refTo } from '../routes/operation-docs.js';

const BACKEND = {
  name: 'default',
  reachable: true,
  breaker: 'closed',
  running: 2,
  queued: 0,
  models: 6,
  listAgeSeconds: 12,
};
const BACKENDS = {
  upstreams: {
    status: 'up',
    upstreams: [BACKEND],
  },
};
const READY = { status: 'ready', checks: { upstreams: [BACKEND] } };

/** Both paths of readiness answer alike. */
function readiness(operationId: string): OperationDocs {
  return {
    operationId,
    tags: ['Service'],
    summary: 'Probe: requests are welcome',
    description:
      'A backend that is gone counts only with READY_REQUIRES_UPSTREAM, which has the list of models of one that is lost read again; else no backend is asked. Redis never counts.',
    responses: {
      200: json('They are.', 'Ready', { ready: ['They are', READY] }),
      ...ANY_REQUEST,
      503: json('They are not: the process starts or ends.', 'Ready', {
        draining: ['The process ends', { ...READY, status: 'draining' }],
      }),
    },
  };
}

export const root: OperationDocs = {
  operationId: 'getRoot',
  tags: ['Service'],
  summary: 'Say that the service runs',
  description: 'Plain text; JSON or a page for those whose `Accept` asks for it.',
  responses: {
    200: {
      description: 'It runs.',
      content: {
        'text/plain': { schema: { type: 'string' }, example: 'Ollama is running' },
        'application/json': {
          schema: refTo('ServiceInformation'),
          example: {
            status: 'Ollama is running',
            service: 'ollama-openai-proxy',
            version: '0.33.0',
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
  tags: ['Service'],
  summary: 'Ask whether the service runs',
  responses: { 200: { description: 'It runs. No body.' }, ...ANY_REQUEST },
};

export const apiVersion: OperationDocs = {
  operationId: 'getVersion',
  tags: ['Service'],
  summary: 'Tell the version of Ollama whose API is spoken',
  responses: {
    200: json('The version.', 'Version', { version: ['A version', { version: '0.33.0' }] }),
    ...ANY_REQUEST,
  },
};

export const headVersion: OperationDocs = {
  operationId: 'checkVersion',
  tags: ['Service'],
  summary: 'Ask whether the version can be asked for',
  responses: { 200: { description: 'It can. No body.' }, ...ANY_REQUEST },
};

export const live: OperationDocs = {
  operationId: 'getLiveness',
  tags: ['Service'],
  summary: 'Probe: the process answers',
  description: 'Depends on nothing else.',
  responses: { 200: json('It does.', 'Alive', { ok: ['It does', { status: 'ok' }] }), ...ANY_REQUEST },
};

export const ready: OperationDocs = readiness('getReady');

export const readyz: OperationDocs = readiness('getReadiness');

export const version: OperationDocs = {
  operationId: 'getBuild',
  tags: ['Service'],
  summary: 'Tell the version of this service',
  description: 'VERSION_ENDPOINT_ENABLED=false takes it away.',
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
  tags: ['Service'],
  summary: 'Tell what is known of the backends',
  description: 'From the last time their lists were read; asks no backend, and answers 200 whatever they do.',
  responses: {
    200: json('What is known.', 'Health', {
      up: ['All were reachable', { status: 'ok', info: BACKENDS, error: {}, details: BACKENDS }],
    }),
    ...ANY_REQUEST,
  },
};
