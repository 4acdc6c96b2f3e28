import type { OperationDocs } from '../routes/operation-docs.js';
import { body, jsonOrStream, OLLAMA_CALL, ollamaErrors } from '../routes/operation-docs.js';

const WEATHER = {
  type: 'function',
  function: {
    name: 'get_weather',
    description: 'Current weather of a city',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
};
const CALL = { id: 'call_8f3a2c1d', function: { index: 0, name: 'get_weather', arguments: { city: 'Paris' } } };
const AT = { model: 'sim-chat', created_at: '2026-01-01T12:00:00.000Z' };
const FIGURES = {
  total_duration: 912_000_000,
  load_duration: 120_000_000,
  prompt_eval_count: 11,
  prompt_eval_duration: 80_000_000,
  eval_count: 9,
  eval_duration: 700_000_000,
};
/** A red dot of one pixel. */
const PICTURE = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

export const chat: OperationDocs = {
  operationId: 'chat',
  audience:
    'For every client of Ollama that holds a conversation: n8n, Open WebUI, Home Assistant, VS Code, LangChain, the Ollama SDKs.',
  tags: ['Chat'],
  summary: 'Chat completion',
  description:
    'Streams unless `stream` is false. Text, thinking and tool calls never share a line; the last line has `done: true` and the metrics. A stream on the wire:\n\n```\n{"model":"sim-chat","created_at":"…","message":{"role":"assistant","content":"Because"},"done":false}\n{"model":"sim-chat","created_at":"…","message":{"role":"assistant","content":" of the air."},"done":false}\n{"model":"sim-chat","created_at":"…","message":{"role":"assistant","content":""},"done":true,"done_reason":"stop","eval_count":9, …}\n```\n\nA stream that fails ends with `{"error":"…"}` instead.',
  ...body('ChatRequest', {
    whole: [
      'Not streamed',
      { model: 'sim-chat', messages: [{ role: 'user', content: 'Why is the sky blue?' }], stream: false },
    ],
    stream: [
      'A stream, with options',
      {
        model: 'sim-chat',
        messages: [
          { role: 'system', content: 'Answer in one sentence.' },
          { role: 'user', content: 'Why is the sky blue?' },
        ],
        options: { temperature: 0.7, seed: 42, num_predict: 100, stop: ['\n\n'] },
        keep_alive: '10m',
      },
    ],
    tools: [
      'With a tool',
      { model: 'sim-chat', messages: [{ role: 'user', content: 'What is the weather in Paris?' }], tools: [WEATHER] },
    ],
    toolResult: [
      'The result of a tool',
      {
        model: 'sim-chat',
        stream: false,
        messages: [
          { role: 'user', content: 'What is the weather in Paris?' },
          { role: 'assistant', content: '', tool_calls: [CALL] },
          { role: 'tool', content: '22 °C, sunny', tool_name: 'get_weather', tool_call_id: 'call_8f3a2c1d' },
        ],
        tools: [WEATHER],
      },
    ],
    schema: [
      'Structured output with a JSON Schema',
      {
        model: 'sim-chat',
        stream: false,
        messages: [{ role: 'user', content: 'Describe Ada Lovelace.' }],
        format: {
          type: 'object',
          properties: { name: { type: 'string' }, born: { type: 'integer' } },
          required: ['name', 'born'],
        },
      },
    ],
    thinking: [
      'With thinking and probabilities',
      {
        model: 'sim-reason',
        messages: [{ role: 'user', content: 'Is 91 prime?' }],
        think: 'high',
        logprobs: true,
        top_logprobs: 2,
      },
    ],
    picture: [
      'With a picture',
      {
        model: 'sim-vision',
        stream: false,
        messages: [{ role: 'user', content: 'What colour is this?', images: [PICTURE] }],
      },
    ],
    load: ['Only load the model', { model: 'sim-chat', messages: [] }],
  }),
  responses: {
    200: jsonOrStream(
      'The response: one object with `stream: false` or without messages, otherwise one object for each line. The schema describes one object.',
      'application/x-ndjson',
      'ChatResponse',
      {
        whole: {
          whole: [
            'A complete response',
            {
              ...AT,
              message: { role: 'assistant', content: 'Because of the air.' },
              done: true,
              done_reason: 'stop',
              ...FIGURES,
            },
          ],
          load: [
            'Without messages',
            { ...AT, message: { role: 'assistant', content: '' }, done: true, done_reason: 'load' },
          ],
        },
        stream: {
          thinking: [
            'A line with thinking',
            {
              ...AT,
              model: 'sim-reason',
              message: { role: 'assistant', content: '', thinking: 'Seven times' },
              done: false,
            },
          ],
          text: ['A line with text', { ...AT, message: { role: 'assistant', content: 'Because' }, done: false }],
          toolCalls: [
            'A line with all tool calls',
            { ...AT, message: { role: 'assistant', content: '', tool_calls: [CALL] }, done: false },
          ],
          last: [
            'The last line',
            { ...AT, message: { role: 'assistant', content: '' }, done: true, done_reason: 'stop', ...FIGURES },
          ],
        },
      },
    ),
    400: ollamaErrors(
      'The request is invalid, or the model lacks a capability that it needs.',
      'model is required',
      'missing request body',
      'json: cannot unmarshal number into Go struct field ChatRequest.model of type string',
      'registry.ollama.ai/library/sim-plain:latest does not support tools',
      'invalid think value: "extreme" (must be "high", "medium", "low", "max", true, or false)',
    ),
    404: ollamaErrors('The model does not exist, or the API key may not use it.', "model 'nope' not found"),
    ...OLLAMA_CALL,
  },
};
