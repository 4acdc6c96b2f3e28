import { Version } from '../schemas/models.schemas.js';
import { Alive, Build, Health, Ready, ServiceInformation } from '../schemas/service.schemas.js';
import { refTo } from '../schemas/field.js';
import type { Operations } from './parts.js';
import { ANY_REQUEST, json } from './parts.js';

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
function readiness(operationId: string): Operations[string] {
  return {
    operationId,
    tags: ['Service'],
    summary: 'Probe: requests are welcome',
    description:
      'A backend that is gone counts only with READY_REQUIRES_UPSTREAM, which has the list of models of one that is lost read again; else no backend is asked. Redis never counts.',
    responses: {
      200: json('They are.', Ready, { ready: ['They are', READY] }),
      ...ANY_REQUEST,
      503: json('They are not: the process starts or ends.', Ready, {
        draining: ['The process ends', { ...READY, status: 'draining' }],
      }),
    },
  };
}

/** The same numbers at two paths. */
function metrics(operationId: string): Operations[string] {
  const text = { schema: { type: 'string' }, example: 'llmproxy_draining 0' } as const;
  return {
    operationId,
    tags: ['Service'],
    summary: 'Tell the metrics to Prometheus',
    description: 'METRICS_PATH moves one of the two paths; ENABLE_METRICS=false takes both away.',
    responses: {
      200: {
        description: 'The metrics, as OpenMetrics for those whose `Accept` asks for it.',
        content: { 'text/plain': text, 'application/openmetrics-text': text },
      },
      ...ANY_REQUEST,
    },
  };
}

export const SERVICE_OPERATIONS: Operations = {
  'GET /': {
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
            schema: refTo(ServiceInformation),
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
  },
  'HEAD /': {
    operationId: 'checkRoot',
    tags: ['Service'],
    summary: 'Ask whether the service runs',
    responses: { 200: { description: 'It runs. No body.' }, ...ANY_REQUEST },
  },
  'GET /api/version': {
    operationId: 'getVersion',
    tags: ['Service'],
    summary: 'Tell the version of Ollama whose API is spoken',
    responses: {
      200: json('The version.', Version, { version: ['A version', { version: '0.33.0' }] }),
      ...ANY_REQUEST,
    },
  },
  'HEAD /api/version': {
    operationId: 'checkVersion',
    tags: ['Service'],
    summary: 'Ask whether the version can be asked for',
    responses: { 200: { description: 'It can. No body.' }, ...ANY_REQUEST },
  },
  'GET /livez': {
    operationId: 'getLiveness',
    tags: ['Service'],
    summary: 'Probe: the process answers',
    description: 'Depends on nothing else.',
    responses: { 200: json('It does.', Alive, { ok: ['It does', { status: 'ok' }] }), ...ANY_REQUEST },
  },
  'GET /ready': readiness('getReady'),
  'GET /readyz': readiness('getReadiness'),
  'GET /metrics': metrics('getUsualMetrics'),
  'GET /v1/metrics': metrics('getMetrics'),
  'GET /v1/metrics/summary': {
    operationId: 'getMetricsSummary',
    tags: ['Service'],
    summary: 'Tell the most asked-for metrics as JSON',
    responses: {
      200: {
        description: 'Requests, tokens, and numbers of each backend and model since the start.',
        content: {
          'application/json': {
            schema: { type: 'object', additionalProperties: true },
            example: { requests: { total: 12, ok: 11, failed: 1, in_flight: 2 }, tokens: { input: 800, output: 950 } },
          },
        },
      },
      ...ANY_REQUEST,
    },
  },
  'GET /v1/version': {
    operationId: 'getBuild',
    tags: ['Service'],
    summary: 'Tell the version of this service',
    description: 'VERSION_ENDPOINT_ENABLED=false takes it away.',
    responses: {
      200: json('The version.', Build, {
        build: [
          'A released image',
          { version: '1.0.0', commit: '3f2c9d1', built: '2026-11-24T12:00:00Z', node: '24.21.0', uptimeSeconds: 3600 },
        ],
      }),
      ...ANY_REQUEST,
    },
  },
  'GET /health': {
    operationId: 'getHealth',
    tags: ['Service'],
    summary: 'Tell what is known of the backends',
    description: 'From the last time their lists were read; asks no backend, and answers 200 whatever they do.',
    responses: {
      200: json('What is known.', Health, {
        up: ['All were reachable', { status: 'ok', info: BACKENDS, error: {}, details: BACKENDS }],
      }),
      ...ANY_REQUEST,
    },
  },
};
