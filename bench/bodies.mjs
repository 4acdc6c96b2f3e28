/** The same request in both formats: Ollama's for the proxy, OpenAI's for the pipe. */
import { EMBEDDINGS, EMBEDDING_MODEL, MODEL, random, RESPONSES_MODEL, tokens } from './answers.mjs';

const OPTIONS = { temperature: 0.7, top_p: 0.9, seed: 42, num_predict: 1024 };
const PARAMETERS = { temperature: 0.7, top_p: 0.9, seed: 42, max_tokens: 1024 };
const SYSTEM = { role: 'system', content: 'You are a helpful assistant. Answer briefly and to the point.' };

const TOOLS = ['get_weather', 'get_forecast'].map((name) => ({
  type: 'function',
  function: {
    name,
    description: 'Returns the weather at a place.',
    parameters: {
      type: 'object',
      properties: {
        location: { type: 'string', description: 'City and country' },
        unit: { type: 'string', enum: ['celsius', 'fahrenheit'] },
        days: { type: 'integer' },
        details: { type: 'array', items: { type: 'string' } },
        note: { type: 'string' },
      },
      required: ['location'],
    },
  },
}));

const ollama = (messages, stream, rest = {}) =>
  JSON.stringify({ model: MODEL, messages, stream, ...rest, options: OPTIONS });

const openAi = (messages, stream, rest = {}) =>
  JSON.stringify({
    model: MODEL,
    messages,
    ...(stream && { stream: true, stream_options: { include_usage: true } }),
    ...PARAMETERS,
    ...rest,
  });

const question = (answer) => [
  { ...SYSTEM, content: `[bench:${answer}] ${SYSTEM.content}` },
  user('Why is the sky blue?'),
];
const user = (content) => ({ role: 'user', content });

/** A short question; `answer` is the upstream's marker. */
export function chat(answer, stream) {
  const messages = question(answer);
  return { ollama: ollama(messages, stream), openAi: openAi(messages, stream) };
}

/** The same question in the APIs of agents, and in both APIs of a model that the Responses API serves. */
export function agentChat(answer) {
  const [system, ask] = question(answer);
  const shared = { model: MODEL, stream: true };
  return {
    messages: JSON.stringify({ ...shared, max_tokens: 1024, system: system.content, messages: [ask] }),
    responses: JSON.stringify({ ...shared, instructions: system.content, input: [ask], store: false }),
    ofResponsesModel: JSON.stringify({ model: RESPONSES_MODEL, stream: true, messages: [system, ask] }),
  };
}

export function toolChat() {
  const messages = question('tools');
  return { ollama: ollama(messages, true, { tools: TOOLS }), openAi: openAi(messages, true, { tools: TOOLS }) };
}

/** A long conversation: `count` messages, `bytes` in all. */
export function history(count, bytes) {
  const messages = Array.from({ length: count }, (_, index) => {
    const content = tokens(Math.ceil(bytes / count / 4))
      .join('')
      .slice(0, Math.floor(bytes / count) - 40);
    return { role: index % 2 === 0 ? 'user' : 'assistant', content };
  });
  messages[0].content = `[bench:chat] ${messages[0].content}`;
  messages.push(user('Go on.'));
  return { ollama: ollama(messages, false), openAi: openAi(messages, false) };
}

/** One image of `bytes`: a PNG signature and random bytes. */
export function image(bytes) {
  const next = random(5);
  const pixels = Buffer.alloc(bytes);
  for (let index = 0; index + 4 <= bytes; index += 4) pixels.writeUInt32LE(Math.floor(next() * 2 ** 32), index);
  pixels.set([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const base64 = pixels.toString('base64');
  const content = '[bench:chat] What is in this picture?';
  const url = `data:image/png;base64,${base64}`;
  return {
    ollama: ollama([{ ...user(content), images: [base64] }], false),
    openAi: openAi(
      [
        user([
          { type: 'text', text: content },
          { type: 'image_url', image_url: { url } },
        ]),
      ],
      false,
    ),
  };
}

export function embeddings() {
  const input = Array.from({ length: EMBEDDINGS }, (_, index) => `${index}: ${tokens(8).join('')}`);
  const body = JSON.stringify({ model: EMBEDDING_MODEL, input });
  return { ollama: body, openAi: body };
}
