import { Always, Maybe } from './field.js';
import { KEEP_ALIVE, Options, TokenLogprob } from './shared.schemas.js';

/** What the requests for text share. */
export abstract class TextRequest {
  @Always.text(
    'Name of a model as `GET /api/tags` lists it, with or without the tag `latest`, in upper or lower case. It is echoed in the answer as it was sent.',
    { examples: ['sim-chat'] },
  )
  model!: string;

  @Maybe.flag(
    'true answers with one JSON object a line while the text comes into being, false with one object at the end.',
    {
      default: true,
    },
  )
  stream?: boolean;

  @Maybe.either(
    [
      { type: 'string', enum: ['json', ''] },
      { type: 'object', additionalProperties: true },
    ],
    'The form of the answer: `json` for any JSON object, or a JSON Schema that it has to keep to. It applies to the answer, not to the thinking.',
  )
  format?: 'json' | '' | Record<string, unknown>;

  @Maybe.one(() => Options, 'Sampling and model options.')
  options?: Options;

  @Maybe.either(
    [{ type: 'boolean' }, { type: 'string', enum: ['low', 'medium', 'high', 'max'] }],
    'Whether, or how hard, a model that can think does so before it answers. Absent leaves it to the model.',
  )
  think?: boolean | 'low' | 'medium' | 'high' | 'max';

  @Maybe.either(KEEP_ALIVE.forms, KEEP_ALIVE.description, KEEP_ALIVE.rest)
  keep_alive?: number | string;

  @Maybe.flag('Tell how likely each token of the answer was.', { default: false })
  logprobs?: boolean;

  @Maybe.integer('How many of the likeliest tokens to tell for each place; only with `logprobs`.', {
    minimum: 0,
    maximum: 20,
    default: 0,
  })
  top_logprobs?: number;

  @Maybe.flag('Accepted; the backend decides what happens to a conversation that is too long.', { default: true })
  truncate?: boolean;

  @Maybe.flag('Accepted; the backend decides what happens when its context is full.', { default: true })
  shift?: boolean;
}

/** What the answers with text share; the figures are on the last object only. */
export abstract class TextResponse {
  @Always.text('The name that the request asked for.')
  model!: string;

  @Always.time('When this object was made, in UTC.')
  created_at!: string;

  @Always.flag('true on the last object of an answer, and on no other.')
  done!: boolean;

  @Maybe.text(
    'Why the answer ended; on the last object only. `stop`: the model was done. `length`: a limit of tokens was reached. `load`, `unload`: the request asked for nothing else.',
    { enum: ['stop', 'length', 'load', 'unload'] },
  )
  done_reason?: string;

  @Maybe.integer('Nanoseconds from the request to the end of the answer.', { minimum: 0 })
  total_duration?: number;

  @Maybe.integer('Nanoseconds until the backend began.', { minimum: 0 })
  load_duration?: number;

  @Maybe.integer('Tokens of the prompt, as the backend counts them; estimated where it does not.', { minimum: 0 })
  prompt_eval_count?: number;

  @Maybe.integer('Nanoseconds spent on reading the prompt.', { minimum: 0 })
  prompt_eval_duration?: number;

  @Maybe.integer('Tokens of the answer, as the backend counts them; pieces of text where it does not.', { minimum: 0 })
  eval_count?: number;

  @Maybe.integer('Nanoseconds spent on writing the answer.', { minimum: 0 })
  eval_duration?: number;

  @Maybe.list(
    () => TokenLogprob,
    'One entry for each token of this object; only when the request asked for `logprobs`.',
  )
  logprobs?: TokenLogprob[];
}

/** Pictures and sound. */
export const IMAGES = {
  items: { type: 'string', contentEncoding: 'base64' },
  description:
    'Pictures (PNG, JPEG, GIF, WebP, BMP, AVIF, HEIC) or sound (WAV, MP3) in standard base64 with padding. The type is taken from the bytes; data URLs are refused.',
};
