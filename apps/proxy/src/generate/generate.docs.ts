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
  tags: ['Generate'],
  summary: 'Continue a prompt',
  description:
    'Answers with a stream unless `stream` is false. `suffix`, `raw` and `template` go through the completions of the backend, everything else is a conversation of one turn. A stream as it comes over the wire:\n\n```\n{"model":"sim-chat","created_at":"…","response":"Once","done":false,"context":[]}\n{"model":"sim-chat","created_at":"…","response":" upon","done":false,"context":[]}\n{"model":"sim-chat","created_at":"…","response":"","done":true,"done_reason":"stop","context":[…],"eval_count":4, …}\n```\n\nA stream that fails ends with `{"error":"…"}` instead.',
  ...body('GenerateRequest', {
    whole: ['One answer at the end', { model: 'sim-chat', prompt: 'Tell me a story.', stream: false }],
    stream: [
      'A stream, with instructions and options',
      {
        model: 'sim-chat',
        prompt: 'Tell me a story.',
        system: 'You are a pirate.',
        options: { temperature: 0.9, num_predict: 50 },
      },
    ],
    json: [
      'An answer in JSON',
      { model: 'sim-chat', prompt: 'List two colours in JSON.', format: 'json', stream: false },
    ],
    raw: ['The prompt as it is', { model: 'sim-chat', prompt: '<s>[INST] Hello [/INST]', raw: true, stream: false }],
    load: ['Only load the model', { model: 'sim-chat' }],
  }),
  responses: {
    200: jsonOrStream(
      'The answer. With `stream: false`, or without a prompt, one object; otherwise one object a line, of which the schema describes each.',
      'application/x-ndjson',
      'GenerateResponse',
      {
        whole: {
          whole: [
            'The whole answer',
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
      'The request cannot be read, or asks for what the model cannot do.',
      'missing request body',
      'raw mode does not support template, system, or context',
      '"sim-plain" does not support thinking',
    ),
    404: ollamaErrors(
      'There is no such model, none that the key may use, or none was named.',
      "model 'nope' not found",
      "model '' not found",
    ),
    ...OLLAMA_CALL,
  },
};
