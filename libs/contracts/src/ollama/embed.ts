import { BadRequestError } from '#errors';
import { checkLength } from '../shape/go-readers.js';
import type { Kind } from '../shape/kind.js';
import { listOf, MAX_ITEMS, NUMBER, oneOf, withSchema } from '../shape/kind.js';
import type { TypeOf } from '../shape/shape.js';
import { optional, required, shape } from '../shape/shape.js';
import { keepAlive } from './kinds.js';
import { options } from './options.js';

/** A single empty text means no input; an empty text in a list is an input (protocol W21). */
const INPUT: Kind<string[]> = oneOf(
  [{ type: 'string' }, { type: 'array', items: { type: 'string' } }],
  (input, path) => {
    if (input === '') return [];
    if (typeof input === 'string') return [input];
    if (Array.isArray(input)) checkLength(input, MAX_ITEMS, path);
    if (Array.isArray(input) && input.every((each): each is string => typeof each === 'string')) return input;
    throw new BadRequestError('invalid input type');
  },
  () => [],
);

const sharedFields = {
  model: required.text('Name of a model as `GET /api/tags` lists it.', { examples: ['sim-embed'] }),
  keep_alive: keepAlive,
  options: optional.of(options, 'Checked for their types, otherwise without effect.', { absent: {} }),
};

export const EmbedRequest = shape('EmbedRequest', 'Request of `POST /api/embed`.', {
  ...sharedFields,
  input: optional.of(
    INPUT,
    'A text, or a list of texts; each gets a vector. Absent or empty only loads the model. Lists of token ids are refused.',
    { absent: [] },
  ),
  truncate: optional.flag('Shorten a text that is too long for the model until it fits; false refuses it.', {
    default: true,
  }),
  dimensions: optional.integer(
    'Length of the vectors: they are cut to it and made unit length again. 0 leaves them whole.',
    { default: 0 },
  ),
});

export type OllamaEmbedRequest = TypeOf<typeof EmbedRequest>;

export const EmbedResponse = shape('EmbedResponse', 'Response of `POST /api/embed`.', {
  model: required.text('The name that the request had.'),
  embeddings: required.of(
    listOf(listOf(withSchema(NUMBER, { minimum: -1, maximum: 1 }))),
    'One vector of unit length for each text, in the order of the request.',
  ),
  total_duration: optional.integer('Nanoseconds from the request to the answer.', { minimum: 0 }),
  load_duration: optional.integer('Nanoseconds until the upstream was called.', { minimum: 0 }),
  prompt_eval_count: optional.integer('Tokens of all texts together; absent when there are none.', { minimum: 0 }),
});

export type OllamaEmbedResponse = TypeOf<typeof EmbedResponse>;

export const EmbeddingsRequest = shape(
  'EmbeddingsRequest',
  'Request of `POST /api/embeddings`.',
  { ...sharedFields, prompt: optional.text('The text. Empty only loads the model.', { default: '' }) },
  'EmbeddingRequest',
);

export type OllamaEmbeddingsRequest = TypeOf<typeof EmbeddingsRequest>;

export const EmbeddingsResponse = shape('EmbeddingsResponse', 'Response of `POST /api/embeddings`.', {
  embedding: required.of(
    listOf(NUMBER),
    'The vector as the upstream gives it, not made unit length; empty without a text.',
  ),
});

export type OllamaEmbeddingsResponse = TypeOf<typeof EmbeddingsResponse>;
