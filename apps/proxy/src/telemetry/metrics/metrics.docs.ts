import type { OperationDocs } from '../../routes/operation-docs.js';
import { ANY_REQUEST } from '../../routes/operation-docs.js';

/** The metrics are served at two paths. */
function prometheus(operationId: string): OperationDocs {
  const text = { schema: { type: 'string' }, example: 'llmproxy_draining 0' } as const;
  return {
    operationId,
    audience: 'For Prometheus and other collectors.',
    tags: ['Service'],
    summary: 'Metrics in the Prometheus text format',
    description: 'Served at `/metrics` and at METRICS_PATH; ENABLE_METRICS=false removes both.',
    responses: {
      200: {
        description: 'The metrics; in OpenMetrics format if `Accept` names it.',
        content: { 'text/plain': text, 'application/openmetrics-text': text },
      },
      ...ANY_REQUEST,
    },
  };
}

export const usualMetrics: OperationDocs = prometheus('getUsualMetrics');

export const metrics: OperationDocs = prometheus('getMetrics');

export const summary: OperationDocs = {
  operationId: 'getMetricsSummary',
  audience: 'For people and scripts without Prometheus.',
  tags: ['Service'],
  summary: 'Summary of the most important metrics as JSON',
  responses: {
    200: {
      description: 'Requests, tokens, and figures for each upstream and model since the start.',
      content: {
        'application/json': {
          schema: { type: 'object', additionalProperties: true },
          example: { requests: { total: 12, ok: 11, failed: 1, in_flight: 2 }, tokens: { input: 800, output: 950 } },
        },
      },
    },
    ...ANY_REQUEST,
  },
};
