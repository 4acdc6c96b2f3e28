/** The requests of a mixed load. Each carries a nonce, and an answer is only right with that nonce in it. */

/** What goes wrong with an answer because its request asks the simulator for it. */
const FAULTS = [
  { status: 500 },
  { status: 503 },
  { status: 429, retryAfter: 1 },
  { status: 429, retryAfter: 30 },
  { status: 400, error: 'not like this' },
  { html: true },
  { hang: 'before-headers' },
  { hang: 'after-headers' },
  { hang: 'mid-stream', after: 3 },
  { cut: 'mid-event', after: 3 },
  { cut: 'between-events', after: 3 },
  { cut: 'reset', after: 3 },
];

/** Below /v1 the bytes of an upstream pass unread, including their faults. */
const FAULTS_OF_TRANSLATED = [
  { cut: 'clean', after: 3 },
  { malformed: true, after: 3 },
  { errorEvent: 'the model fell over', after: 3 },
  { json: true },
];

const PACES = [{}, {}, {}, { tokenDelayMs: 20 }, { firstTokenDelayMs: 300 }, { burst: true }];

/** By name: path, and the body made from its messages and prompt. */
const FAMILIES = {
  chat: ['/api/chat', ({ messages, stream }) => ({ model: 'sim-chat', stream, messages })],
  generate: ['/api/generate', ({ prompt, stream }) => ({ model: 'sim-chat', stream, prompt })],
  embed: ['/api/embed', ({ prompt, nonce }) => ({ model: 'sim-embed', input: [prompt, `second ${nonce}`] })],
  'v1 chat': ['/v1/chat/completions', ({ messages, stream }) => ({ model: 'sim-chat', stream, messages })],
  'v1 embeddings': ['/v1/embeddings', ({ prompt }) => ({ model: 'sim-embed', input: prompt })],
};

export const KINDS = [
  'chat stream',
  'chat whole',
  'chat tools',
  'generate stream',
  'generate whole',
  'embed',
  'v1 chat stream',
  'v1 chat whole',
  'v1 chat tools',
  'v1 embeddings',
];

/**
 * @param faulty whether the request may ask for a fault
 * @param leaving whether the client may leave early
 * @param slow whether it may be a long answer for a client that reads slowly
 * @param script more for the simulator to do
 * @returns path, body, what is expected, and how the client behaves
 */
export function makeRequest(random, nonce, kind, { faulty = true, leaving = true, slow = true, script = {} } = {}) {
  const isOpenAi = kind.startsWith('v1');
  const isTools = kind.endsWith('tools');
  const isText = !kind.includes('embed') && !isTools;
  const isStream = kind.endsWith('stream') || kind === 'chat tools';
  const isSlow = slow && isStream && random.chance(0.08);
  const words = isSlow ? 1500 : random.between(3, 30);
  const text = isText ? `${nonce} ${Array.from({ length: words }, (_, at) => `${nonce}-${at}`).join(' ')} end` : '';
  const fault =
    faulty && random.chance(0.08) ? random.pick(isOpenAi ? FAULTS : [...FAULTS, ...FAULTS_OF_TRANSLATED]) : {};
  const pace = isSlow ? { burst: true } : random.pick(PACES);
  const prompt = `@sim ${JSON.stringify({ ...pace, ...fault, ...(isText && { text }), ...script })}\n${nonce}`;
  const [path, toBody] = FAMILIES[kind.replace(/ (stream|whole|tools)$/, '')];
  const body = toBody({ messages: [{ role: 'user', content: prompt }], prompt, nonce, stream: isStream });
  return {
    kind,
    nonce,
    path,
    body: isTools ? { ...body, tools: [toolFor(nonce)] } : body,
    text,
    isOpenAi,
    isStream,
    isSlow,
    /** Milliseconds after which the client leaves. */
    leavesAfterMs: leaving && random.chance(0.06) ? random.between(0, 400) : undefined,
  };
}

function toolFor(nonce) {
  const parameters = { type: 'object', properties: { nonce: { const: nonce } }, required: ['nonce'] };
  return { type: 'function', function: { name: `tool_${nonce}`, description: 'x', parameters } };
}
