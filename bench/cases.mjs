/**
 * The cases. A round lasts `roundMs` per server, in slices of `sliceMs`; `requests` is the most requests of a slice.
 */
import { EXPECTED, MODEL, embeddingsAnswer } from './answers.mjs';
import {
  chatText,
  messagesStream,
  modelList,
  modelShown,
  responsesStream,
  streamText,
  toolCall,
  vectors,
} from './answer-checks.mjs';
import * as bodies from './bodies.mjs';
import {
  cpuAdded,
  cpuAgainst,
  cpuPerRequest,
  cpuPerToken,
  failures,
  firstByte,
  latency,
  peakMemory,
} from './measures.mjs';
import { cpuOf } from './statistics.mjs';

const CHAT = '/v1/chat/completions';
const post = (path, body) => ({ method: 'POST', path, body });
const get = (path) => ({ method: 'GET', path });

/** A chat for the proxy and its equivalent for the pipe. */
function chatCase({ body, stream = false, ...rest }) {
  return { stream, pipe: () => post(CHAT, body().openAi), proxy: () => post('/api/chat', body().ollama), ...rest };
}

/** The same bytes for both: a forwarded request. */
function passthrough({ body, stream = false, ...rest }) {
  const request = () => post(CHAT, body().openAi);
  return { stream, pipe: request, proxy: request, language: 'openAi', optional: true, ...rest };
}

const burst = (answer, expected, measures) =>
  chatCase({
    body: () => bodies.chat(answer, true),
    stream: true,
    check: streamText(expected),
    tokens: 1000,
    concurrency: 4,
    measures,
  });

/**
 * A stream in another API than the upstream's, beside the chat stream of the same tokens: through the pipe, and by
 * /api/chat of another process.
 */
const translated = ({ path, body, check, ...rest }) => ({
  stream: true,
  targets: ['pipe', 'proxy', 'proxy-chat'],
  chat: () => post('/api/chat', bodies.chat('burst', true).ollama),
  check: { ...streamText(EXPECTED.burst), ...check },
  pipe: () => post(CHAT, bodies.chat('burst', true).openAi),
  proxy: () => post(path, bodies.agentChat('burst')[body]),
  tokens: 1000,
  concurrency: 4,
  measures: [
    cpuPerToken(),
    cpuPerToken({ name: 'CPU against /api/chat', base: 'proxy-chat', target: 1.3, stretch: 1.1 }),
    latency(50),
  ],
  ...rest,
});

const CASES = {
  'chat-c1': chatCase({
    title: 'non-stream chat, one at a time',
    body: () => bodies.chat('chat', false),
    check: chatText(EXPECTED.chat),
    concurrency: 1,
    measures: [
      cpuPerRequest({ target: 1.6, stretch: 1.3 }),
      latency(50, { target: 0.8, stretch: 0.5 }),
      latency(99, { target: 5, stretch: 3 }),
    ],
  }),
  'chat-c16': chatCase({
    title: 'non-stream chat, 16 at a time',
    body: () => bodies.chat('chat', false),
    check: chatText(EXPECTED.chat),
    concurrency: 16,
    measures: [cpuPerRequest({ target: 1.6, stretch: 1.3 }), latency(50), latency(99), peakMemory()],
  }),
  burst: {
    title: 'stream of 1,000 tokens in 32 KB bursts',
    ...burst('burst', EXPECTED.burst, [cpuPerToken({ target: 2, stretch: 1.2 }), latency(50), peakMemory()]),
  },
  'burst-unicode': {
    title: 'the same with dashes, accents and emoji',
    ...burst('burst-unicode', EXPECTED.unicode, [cpuPerToken()]),
  },
  'burst-events': {
    title: 'the same, each event an HTTP chunk of its own',
    ...burst('burst-events', EXPECTED.burst, [cpuPerToken({ target: 0.7, stretch: 0.5 })]),
  },
  'messages-burst': translated({
    title: '/v1/messages on chat completions, 1,000 tokens in bursts',
    path: '/v1/messages',
    body: 'messages',
    language: 'messages',
    check: messagesStream(EXPECTED.burst),
  }),
  'responses-burst': translated({
    title: '/v1/responses on chat completions, 1,000 tokens in bursts',
    path: '/v1/responses',
    body: 'responses',
    language: 'responses',
    check: responsesStream(EXPECTED.burst),
  }),
  'responses-upstream': translated({
    title: '/api/chat on the Responses API, 1,000 tokens in bursts',
    path: '/api/chat',
    body: 'ofResponsesModel',
    models: 3,
    check: streamText(EXPECTED.burst),
  }),
  paced: chatCase({
    title: '64 tokens, 5–20 ms apart, 32 streams',
    body: () => bodies.chat('paced', true),
    stream: true,
    check: streamText(EXPECTED.paced),
    tokens: 64,
    concurrency: 32,
    staggerMs: 800,
    roundMs: 3000,
    sliceMs: 3000,
    measures: [
      cpuPerToken({ target: 1.2, stretch: 1.1 }),
      firstByte(50, { target: 1, stretch: 0.5 }),
      firstByte(99, { target: 5, stretch: 3 }),
    ],
  }),
  'paced-1000': chatCase({
    title: '1,000 paced streams at once',
    body: () => bodies.chat('paced', true),
    stream: true,
    check: streamText(EXPECTED.paced),
    tokens: 64,
    concurrency: 1000,
    staggerMs: 1000,
    requests: 2000,
    roundMs: 60_000,
    sliceMs: 60_000,
    measures: [
      failures({ target: 0, stretch: 0 }),
      peakMemory({ compare: 'ratio', target: 1.15, stretch: 1.05 }),
      cpuPerToken(),
      latency(50),
      latency(99),
    ],
  }),
  history: chatCase({
    title: '200 messages, 256 KB',
    body: () => bodies.history(200, 256 * 1024),
    check: chatText(EXPECTED.chat),
    concurrency: 1,
    measures: [cpuPerRequest(), cpuAdded({ target: 1.5, stretch: 1 }), latency(50)],
  }),
  image: chatCase({
    title: '5 MB image',
    body: () => bodies.image(5 * 1024 * 1024),
    check: chatText(EXPECTED.chat),
    concurrency: 1,
    measures: [cpuPerRequest({ target: 2, stretch: 1.5 }), latency(50), peakMemory()],
  }),
  tools: chatCase({
    title: 'tool-call stream',
    body: bodies.toolChat,
    stream: true,
    check: toolCall,
    concurrency: 4,
    measures: [cpuPerRequest({ target: 2.5, stretch: 1.8 }), latency(50)],
  }),
  embed: {
    title: '100 embeddings of 1,536 numbers',
    pipe: () => post('/v1/embeddings', bodies.embeddings().openAi),
    proxy: () => post('/api/embed', bodies.embeddings().ollama),
    check: vectors,
    optional: true,
    concurrency: 1,
    measures: [
      cpuPerRequest(),
      cpuAgainst('CPU over parsing once', parseOnceMs, { target: 1.2, stretch: 1.1 }),
      latency(50),
    ],
  },
  'v1-chat': passthrough({
    title: '/v1 passthrough, non-stream, 16 at a time',
    body: () => bodies.chat('chat', false),
    check: chatText(EXPECTED.chat),
    concurrency: 16,
    measures: [cpuPerRequest({ target: 1.4, stretch: 1.2 }), latency(50)],
  }),
  'v1-burst': passthrough({
    title: '/v1 passthrough, 1,000 tokens in bursts',
    body: () => bodies.chat('burst', true),
    stream: true,
    check: streamText(EXPECTED.burst),
    tokens: 1000,
    concurrency: 4,
    measures: [cpuPerToken({ target: 1.15, stretch: 1.05 }), firstByte(50)],
  }),
  'v1-paced': passthrough({
    title: '/v1 passthrough, 64 paced tokens, 32 streams',
    body: () => bodies.chat('paced', true),
    stream: true,
    check: streamText(EXPECTED.paced),
    tokens: 64,
    concurrency: 32,
    staggerMs: 800,
    roundMs: 3000,
    sliceMs: 3000,
    measures: [cpuPerToken({ target: 1.1, stretch: 1.05 }), firstByte(50)],
  }),
  tags: {
    title: '/api/tags with 400 models (pipe: /v1/models)',
    models: 400,
    pipe: () => get('/v1/models'),
    proxy: () => get('/api/tags'),
    check: modelList(400),
    concurrency: 4,
    measures: [cpuPerRequest(), latency(50)],
  },
  show: {
    title: '/api/show with 400 models (pipe: /v1/models/ID)',
    models: 400,
    pipe: () => get(`/v1/models/${MODEL}`),
    proxy: () => post('/api/show', JSON.stringify({ model: MODEL })),
    check: modelShown,
    concurrency: 4,
    measures: [cpuPerRequest(), latency(50)],
  },
  logs: chatCase({
    title: 'default logs on against off, non-stream chat, 16 at a time',
    body: () => bodies.chat('chat', false),
    check: chatText(EXPECTED.chat),
    concurrency: 16,
    targets: ['proxy', 'proxy-logs'],
    measures: [cpuPerRequest({ base: 'proxy', subject: 'proxy-logs', target: 1.05, stretch: 1.03 })],
  }),
  workers: chatCase({
    title: 'two workers against two processes, non-stream chat, 32 at a time',
    body: () => bodies.chat('chat', false),
    check: chatText(EXPECTED.chat),
    concurrency: 32,
    targets: ['proxy-pair', 'proxy-workers'],
    measures: [cpuPerRequest({ base: 'proxy-pair', subject: 'proxy-workers', target: 1.05, stretch: 1 })],
  }),
};

export const CASE_NAMES = [...Object.keys(CASES), 'start'];

const DEFAULTS = {
  models: 2,
  tokens: 0,
  staggerMs: 0,
  roundMs: 2000,
  sliceMs: 250,
  requests: Infinity,
  language: 'ollama',
};

/** A case with its defaults; undefined for an unknown name. */
export function findCase(name) {
  return Object.hasOwn(CASES, name) ? { name, ...DEFAULTS, ...CASES[name] } : undefined;
}

/** Milliseconds of CPU for bytes → text → objects, the least that a change of format costs. */
function parseOnceMs() {
  const [bytes] = embeddingsAnswer().parts;
  return cpuOf(() => JSON.parse(bytes.toString('utf8')), 20);
}
