/**
 * Responses of the benchmark's upstream, rendered once before the first request, and what a client has to receive.
 * Nothing here depends on the simulator or on the proxy, so that an error in them is found.
 */

export const MODEL = 'bench-chat';
/** Served by the Responses API alone. */
export const RESPONSES_MODEL = 'bench-responses';
export const EMBEDDING_MODEL = 'bench-embed';

const CREATED = 1_760_000_000;
const WRITE_BYTES = 32 * 1024;
const USAGE = { prompt_tokens: 42, completion_tokens: 1000, total_tokens: 1042 };
const WORDS =
  'the of and to in a is that for it as was with be by on not he his but at are this have from or had an they which one you were all her she there would their we him been has when who will no more if out so up said what its about than into them can only other time new some could these two may first then do any like my now over such our man me even most made after also did many off before must well back through years much where your way down should because long each just state those people too mr how little good world make very year still see own work men day get here old life both between being under three never know same last another while us might great go come since against right came take used himself few house use place during american'.split(
    ' ',
  );

/** A linear congruential generator: the same responses in every run. */
export function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Tokens like those of a model: mostly a word with its space, sometimes a line break or a quotation mark. */
export function tokens(count, { unicode = false } = {}) {
  const next = random(count);
  return Array.from({ length: count }, (_, index) => {
    if (index % 40 === 39) return '.\n\n';
    if (index % 40 === 19) return unicode ? ' —' : ' "';
    if (unicode && index % 40 === 29) return ' 🙂é';
    return ` ${WORDS[Math.floor(next() * WORDS.length)]}`;
  });
}

const TOOL_ARGUMENTS = {
  location: 'Berlin, Germany',
  unit: 'celsius',
  days: 5,
  details: ['temperature', 'wind', 'rain', 'humidity'],
  note: 'for a picnic by the lake, so mind the wind',
};

/** The text that the client must have received, by case. */
export const EXPECTED = {
  chat: tokens(120).join(''),
  burst: tokens(1000).join(''),
  unicode: tokens(1000, { unicode: true }).join(''),
  paced: tokens(64).join(''),
  toolArguments: TOOL_ARGUMENTS,
};

function event(choice, rest = {}) {
  const chunk = {
    id: 'chatcmpl-bench0123456789abcdefghij',
    object: 'chat.completion.chunk',
    created: CREATED,
    model: MODEL,
    system_fingerprint: 'fp_bench',
    choices: choice ? [{ index: 0, ...choice }] : [],
    ...rest,
  };
  return `data: ${JSON.stringify(chunk)}\n\n`;
}

const delta = (part) => event({ delta: part, logprobs: null, finish_reason: null });
const ROLE = delta({ role: 'assistant', content: '', refusal: null });
const ending = (reason) =>
  event({ delta: {}, logprobs: null, finish_reason: reason }) + event(undefined, { usage: USAGE }) + 'data: [DONE]\n\n';

/** The first token is sent together with the role and the last with the end, as most upstreams do. */
function textEvents(pieces, reason = 'stop') {
  const events = pieces.map((content) => delta({ content }));
  events[0] = ROLE + events[0];
  events[events.length - 1] += ending(reason);
  return events.map((text) => Buffer.from(text));
}

/** The same tokens as a stream of the Responses API. */
function responsesEvents(pieces) {
  let number = 0;
  const event = (type, rest) =>
    `event: ${type}\ndata: ${JSON.stringify({ type, sequence_number: number++, ...rest })}\n\n`;
  const at = { item_id: 'msg_bench0001', output_index: 0, content_index: 0 };
  const part = (text) => ({ type: 'output_text', text, annotations: [], logprobs: [] });
  const message = (status, content) => ({ id: at.item_id, type: 'message', status, role: 'assistant', content });
  const response = (status, rest) => ({
    response: {
      id: 'resp_bench0123456789',
      object: 'response',
      created_at: CREATED,
      model: RESPONSES_MODEL,
      status,
      output: [],
      ...rest,
    },
  });
  const text = pieces.join('');
  const begin =
    event('response.created', response('in_progress')) +
    event('response.in_progress', response('in_progress')) +
    event('response.output_item.added', { output_index: 0, item: message('in_progress', []) }) +
    event('response.content_part.added', { ...at, part: part('') });
  const events = pieces.map((delta) => event('response.output_text.delta', { ...at, delta, logprobs: [] }));
  const item = message('completed', [part(text)]);
  const usage = { input_tokens: 42, output_tokens: pieces.length, total_tokens: 42 + pieces.length };
  events[0] = begin + events[0];
  events[events.length - 1] +=
    event('response.output_text.done', { ...at, text, logprobs: [] }) +
    event('response.content_part.done', { ...at, part: part(text) }) +
    event('response.output_item.done', { output_index: 0, item }) +
    event('response.completed', response('completed', { output: [item], usage }));
  return events.map((each) => Buffer.from(each));
}

function toolEvents() {
  const call = (fragment) => delta({ tool_calls: [{ index: 0, ...fragment }] });
  const text = JSON.stringify(TOOL_ARGUMENTS);
  const open = call({ id: 'call_bench0001', type: 'function', function: { name: 'get_weather', arguments: '' } });
  const fragments = text.match(/.{1,5}/gs).map((part) => call({ function: { arguments: part } }));
  return [ROLE + open, fragments.join(''), ending('tool_calls')].map((part) => Buffer.from(part));
}

/** Cuts at a fixed size, also inside an event or a character, as a socket does. */
function cut(parts, size) {
  const whole = Buffer.concat(parts);
  return Array.from({ length: Math.ceil(whole.length / size) }, (_, index) =>
    whole.subarray(index * size, (index + 1) * size),
  );
}

const json = (value) => ({ type: 'application/json', parts: [Buffer.from(JSON.stringify(value))] });
const stream = (parts, rest = {}) => ({ type: 'text/event-stream; charset=utf-8', parts, ...rest });

function chatJson() {
  return {
    id: 'chatcmpl-bench0123456789abcdefghij',
    object: 'chat.completion',
    created: CREATED,
    model: MODEL,
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: EXPECTED.chat, refusal: null },
        logprobs: null,
        finish_reason: 'stop',
      },
    ],
    usage: { prompt_tokens: 42, completion_tokens: 120, total_tokens: 162 },
    system_fingerprint: 'fp_bench',
  };
}

export const EMBEDDINGS = 100;
export const DIMENSIONS = 1536;

function embeddingsJson(count) {
  const next = random(7);
  // Of length 1 and with nine decimals, as common upstreams send them.
  const vector = () => {
    const numbers = Array.from({ length: DIMENSIONS }, () => next() - 0.5);
    const norm = Math.hypot(...numbers);
    return numbers.map((each) => Number((each / norm).toFixed(9)));
  };
  return {
    object: 'list',
    data: Array.from({ length: count }, (_, index) => ({ object: 'embedding', index, embedding: vector() })),
    model: EMBEDDING_MODEL,
    usage: { prompt_tokens: 8 * count, total_tokens: 8 * count },
  };
}

function modelEntry(id) {
  const apis = id === RESPONSES_MODEL && { supported_endpoints: ['/responses'] };
  return { id, object: 'model', created: CREATED, owned_by: 'bench', ...apis };
}

/** One entry of the model list. */
export const modelJson = (id) => json(modelEntry(id));

export function modelListJson(count) {
  const names = [MODEL, EMBEDDING_MODEL];
  if (count === 3) names.push(RESPONSES_MODEL);
  for (let index = names.length; index < count; index += 1)
    names.push(`vendor-${index % 20}/bench-${index}-8b-instruct`);
  return json({ object: 'list', data: names.map(modelEntry) });
}

/** Responses of /chat/completions by the marker in the prompt, `[bench:NAME]`. */
export function chatAnswers() {
  const burst = textEvents(tokens(1000));
  return new Map([
    ['chat', json(chatJson())],
    ['burst', stream(cut(burst, WRITE_BYTES))],
    ['burst-unicode', stream(cut(textEvents(tokens(1000, { unicode: true })), WRITE_BYTES))],
    ['burst-events', stream(burst, { eventsPerWrite: 150 })],
    ['paced', stream(textEvents(tokens(64)), { pace: [5, 20] })],
    ['tools', stream(toolEvents())],
  ]);
}

/** Responses of /responses by the marker in the prompt. */
export function responsesAnswers() {
  return new Map([['burst', stream(cut(responsesEvents(tokens(1000)), WRITE_BYTES))]]);
}

export const embeddingsAnswer = (count = EMBEDDINGS) => json(embeddingsJson(count));
