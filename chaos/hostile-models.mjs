/** Bodies below /v1 that name a model which their key may not use, in all places from which some server reads a model. */
export const ALLOWED = 'sim-chat';
const FORBIDDEN = 'sim-reason';

/** Routes that read the model of a JSON body. */
export const MODEL_ROUTES = [
  '/v1/chat/completions',
  '/v1/completions',
  '/v1/embeddings',
  '/v1/responses',
  '/v1/messages',
  '/v1/messages/count_tokens',
  '/v1/moderations',
  '/v1/audio/speech',
  '/v1/images/generations',
];

const MESSAGES = '"messages":[{"role":"user","content":"hi"}],"input":"hi","prompt":"hi","max_tokens":3';

/** Where a second model is named: the first in the request decides in some parsers, the last in others. */
const PLACES = {
  'the key twice': (random) => shuffled(random, [model(random, ALLOWED), model(random, FORBIDDEN)]),
  'the key three times': (random) =>
    shuffled(random, [model(random, ALLOWED), model(random, FORBIDDEN), model(random, ALLOWED)]),
  'the only model': (random) => [model(random, FORBIDDEN)],
  'a list with commas': (random) => [entry(random, 'model', text(random, `${ALLOWED},${FORBIDDEN}`))],
  'a list in place of a text': (random) => [entry(random, 'model', `[${text(random, FORBIDDEN)}]`)],
  fallbacks: (random) => [
    model(random, ALLOWED),
    entry(random, random.pick(['models', 'fallbacks', 'fallback_models', 'context_window_fallbacks']), nested(random)),
  ],
  'another key': (random) =>
    shuffled(random, [
      model(random, ALLOWED),
      entry(
        random,
        random.pick(['engine', 'deployment', 'deployment_id', 'model_id', 'model_name']),
        text(random, FORBIDDEN),
      ),
    ]),
  'a model of a tool': (random) => [
    model(random, ALLOWED),
    `"tools":[{"type":"image_generation",${model(random, FORBIDDEN)}}]`,
  ],
  'a list of models': (random) => [
    model(random, ALLOWED),
    `"user_config":{"model_list":[{"model_name":${text(random, ALLOWED)},"litellm_params":{${model(random, FORBIDDEN)}}}]}`,
  ],
};

/** @returns `text`, and whether its key may send it */
export function namedModels(random) {
  if (random.chance(0.2)) return { text: `{${model(random, ALLOWED, true)},${MESSAGES}}`, isAllowed: true };
  const fields = PLACES[random.pick(Object.keys(PLACES))](random);
  const at = random.between(0, fields.length);
  const filler = `"metadata":{"x":"${'y'.repeat(random.pick([0, 100, 5000, 100_000]))}"}`;
  const object = `{${[...fields.slice(0, at), MESSAGES, filler, ...fields.slice(at)].join(',')}}`;
  if (random.chance(0.1))
    return { text: `{${model(random, ALLOWED, true)},${MESSAGES}}${gap(random)}${object}`, isAllowed: false };
  return { text: object, isAllowed: false };
}

function model(random, name, isPlain = false) {
  return isPlain
    ? `"model":"${name}"`
    : entry(random, random.pick(['model', 'model', 'model', 'Model', 'MODEL']), text(random, name));
}

function entry(random, key, value) {
  return `${gap(random)}${text(random, key)}${gap(random)}:${gap(random)}${value}`;
}

function nested(random) {
  const name = text(random, FORBIDDEN);
  return random.pick([
    name,
    `[${name}]`,
    `[{${model(random, ALLOWED)}},{${model(random, FORBIDDEN)}}]`,
    `{${text(random, ALLOWED)}:[${name}]}`,
  ]);
}

/** White space of JSON; some scanners look ahead for a bounded distance only. */
function gap(random) {
  return random.pick(['', '', '', ' ', '\n', '\r\n\t']).repeat(random.pick([1, 1, 1, 300, 5000]));
}

/** A JSON text, with some characters escaped. */
function text(random, value) {
  const escaped = Array.from(value, (character) =>
    random.chance(0.1) ? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}` : character,
  );
  return `"${escaped.join('')}"`;
}

function shuffled(random, list) {
  return list
    .map((item) => [random.next(), item])
    .sort(([a], [b]) => a - b)
    .map(([, item]) => item);
}

/** Whether a body names the forbidden model, whatever its characters are escaped as. */
export function namesForbidden(bytes) {
  const plain = bytes
    .toString()
    .replaceAll(/\\u([\da-f]{4})/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
  return plain.toLowerCase().includes(FORBIDDEN);
}
