import type { OperationDocs } from '../routes/operation-docs.js';
import { body, jsonOrStream, OLLAMA_CALL, ollamaErrors } from '../routes/operation-docs.js';

const AT = { model: 'sim-chat', created_at: '2026-01-01T12:00:00.000Z' };
const FIGURES = {
  total_duration: 912_000_000,
  load_duration: 120_000_000,
  prompt_eval_count: 6,
  prompt_eval_duration: 80_000_000,
  eval_count: 4,
  eval_duration: 700_000_000,
};

export const generate: OperationDocs = {
  operationId: 'generate',
  audience: 'For clients of Ollama that complete a prompt: editors, code completion, scripts.',
  tags: ['Generate'],
  summary: 'Text completion',
  description:
    'Streams unless `stream` is false. `suffix`, `raw` and `template` use the completions route of the upstream, everything else becomes a conversation of one turn. A stream on the wire:\n\n```\n{"model":"sim-chat","created_at":"…","response":"Once","done":false,"context":[]}\n{"model":"sim-chat","created_at":"…","response":" upon","done":false,"context":[]}\n{"model":"sim-chat","created_at":"…","response":"","done":true,"done_reason":"stop","context":[…],"eval_count":4, …}\n```\n\nA stream that fails ends with `{"error":"…"}` instead.',
  ...body('GenerateRequest', {
    whole: ['Not streamed', { model: 'sim-chat', prompt: 'Write a story.', stream: false }],
    stream: [
      'A stream, with instructions and options',
      {
        model: 'sim-chat',
        prompt: 'Write a story.',
        system: 'You are a pirate.',
        options: { temperature: 0.9, num_predict: 50 },
      },
    ],
    json: ['JSON output', { model: 'sim-chat', prompt: 'List two colours in JSON.', format: 'json', stream: false }],
    raw: ['The prompt as it is', { model: 'sim-chat', prompt: '<s>[INST] Hello [/INST]', raw: true, stream: false }],
    load: ['Only load the model', { model: 'sim-chat' }],
  }),
  responses: {
    200: jsonOrStream(
      'The response: one object with `stream: false` or without a prompt, otherwise one object for each line. The schema describes one object.',
      'application/x-ndjson',
      'GenerateResponse',
      {
        whole: {
          whole: [
            'A complete response',
            {
              ...AT,
              response: 'Once upon a time.',
              done: true,
              done_reason: 'stop',
              context: [5_196_849, 9, 11],
              ...FIGURES,
            },
          ],
          load: ['Without a prompt', { ...AT, response: '', done: true, done_reason: 'load' }],
        },
        stream: {
          text: ['A line with text', { ...AT, response: 'Once', done: false, context: [] }],
          thinking: [
            'A line with thinking',
            { ...AT, model: 'sim-reason', response: '', thinking: 'A story', done: false, context: [] },
          ],
          last: [
            'The last line',
            { ...AT, response: '', done: true, done_reason: 'stop', context: [5_196_849, 9, 11], ...FIGURES },
          ],
        },
      },
    ),
    400: ollamaErrors(
      'The request is invalid, or the model lacks a capability that it needs.',
      'missing request body',
      'raw mode does not support template, system, or context',
      '"sim-plain" does not support thinking',
    ),
    404: ollamaErrors(
      'The model does not exist or is missing, or the API key may not use it.',
      "model 'nope' not found",
      "model '' not found",
    ),
    ...OLLAMA_CALL,
  },
};
