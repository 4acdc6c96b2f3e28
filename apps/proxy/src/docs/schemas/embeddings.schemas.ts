import { ApiSchema } from '@nestjs/swagger';
import { Always, Maybe } from './field.js';
import { KEEP_ALIVE, Options } from './shared.schemas.js';

@ApiSchema({ description: 'Request of `POST /api/embed`.' })
export class EmbedRequest {
  @Always.text('Name of a model as `GET /api/tags` lists it.', { examples: ['sim-embed'] })
  model!: string;

  @Maybe.either(
    [{ type: 'string' }, { type: 'array', items: { type: 'string' } }],
    'A text, or a list of texts; each gets a vector. Absent or empty only loads the model. Lists of token ids are refused.',
  )
  input?: string | string[];

  @Maybe.flag('Shorten a text that is too long for the model until it fits; false refuses it.', { default: true })
  truncate?: boolean;

  @Maybe.integer('Length of the vectors: they are cut to it and made unit length again. 0 leaves them whole.', {
    default: 0,
  })
  dimensions?: number;

  @Maybe.either(KEEP_ALIVE.forms, KEEP_ALIVE.description, KEEP_ALIVE.rest)
  keep_alive?: number | string;

  @Maybe.one(() => Options, 'Checked for their types, otherwise without effect.')
  options?: Options;
}

@ApiSchema({ description: 'Answer of `POST /api/embed`.' })
export class EmbedResponse {
  @Always.text('The name that the request asked for.')
  model!: string;

  @Always.listOf(
    { type: 'array', items: { type: 'number', minimum: -1, maximum: 1 } },
    'One vector of unit length for each text, in the order of the request.',
  )
  embeddings!: number[][];

  @Maybe.integer('Nanoseconds from the request to the answer.', { minimum: 0 })
  total_duration?: number;

  @Maybe.integer('Nanoseconds until the backend was asked.', { minimum: 0 })
  load_duration?: number;

  @Maybe.integer('Tokens of all texts together; absent when there are none.', { minimum: 0 })
  prompt_eval_count?: number;
}

@ApiSchema({ description: 'Request of `POST /api/embeddings`.' })
export class EmbeddingsRequest {
  @Always.text('Name of a model as `GET /api/tags` lists it.', { examples: ['sim-embed'] })
  model!: string;

  @Maybe.text('The text. Empty only loads the model.', { default: '' })
  prompt?: string;

  @Maybe.either(KEEP_ALIVE.forms, KEEP_ALIVE.description, KEEP_ALIVE.rest)
  keep_alive?: number | string;

  @Maybe.one(() => Options, 'Checked for their types, otherwise without effect.')
  options?: Options;
}

@ApiSchema({ description: 'Answer of `POST /api/embeddings`.' })
export class EmbeddingsResponse {
  @Always.listOf({ type: 'number' }, 'The vector as the backend gives it, not made unit length; empty without a text.')
  embedding!: number[];
}
