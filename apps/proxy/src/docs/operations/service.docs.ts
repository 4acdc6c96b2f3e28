import { Version } from '../schemas/models.schemas.js';
import { Alive, Health, ServiceInformation } from '../schemas/service.schemas.js';
import { refTo } from '../schemas/field.js';
import type { Operations } from './parts.js';
import { ANY_REQUEST, json } from './parts.js';

const BACKENDS = {
  upstreams: {
    status: 'up',
    upstreams: [{ name: 'default', reachable: true, models: 6, listAgeSeconds: 12 }],
  },
};

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
