import type { OperationDocs } from '../../routes/operation-docs.js';
import { ANY_REQUEST } from '../../routes/operation-docs.js';

/** The same numbers at two paths. */
function prometheus(operationId: string): OperationDocs {
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

export const usualMetrics: OperationDocs = prometheus('getUsualMetrics');

export const metrics: OperationDocs = prometheus('getMetrics');

export const summary: OperationDocs = {
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
};
