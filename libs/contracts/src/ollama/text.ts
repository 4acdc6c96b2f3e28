import { BadRequestError } from '#errors';
import { INTEGER, listOf, withSchema } from '../shape/kind.js';
import type { Kind } from '../shape/kind.js';
import type { Shape, ValueOf } from '../shape/shape.js';
import { optional, required, shape, unread } from '../shape/shape.js';
import { FORMAT, keepAlive, THINK } from './kinds.js';
import { options } from './options.js';

const MAX_TOP_LOGPROBS = 20;

const TOP_LOGPROBS: Kind<number> = {
  ...INTEGER,
  read: (value, path) => {
    const count = INTEGER.read(value, path);
    if (count < 0 || count > MAX_TOP_LOGPROBS) throw new BadRequestError('top_logprobs must be between 0 and 20');
    return count;
  },
};

/** The fields that chat and generate share (protocol W17). */
export const textRequestFields = {
  model: required.text(
    'Name of a model as `GET /api/tags` lists it, with or without the tag `latest`, in upper or lower case. It is echoed in the answer as it was sent.',
    { examples: ['sim-chat'] },
  ),
  stream: optional.flag(
    'true answers with one JSON object a line while the text is generated, false with one object at the end.',
    { default: true },
  ),
  format: optional.of(
    FORMAT,
    'The form of the answer: `json` for any JSON object, or a JSON Schema that it has to match. It applies to the answer, not to the thinking.',
  ),
  options: optional.of(options, 'Sampling and model options.', { absent: {} }),
  think: optional.of(
    THINK,
    'Whether, or how hard, a model that can think does so before it answers. Absent means the default of the model.',
  ),
  keep_alive: keepAlive,
  logprobs: optional.flag('Report how likely each token of the answer was.', { default: false }),
  top_logprobs: optional.of(
    TOP_LOGPROBS,
    'How many of the likeliest tokens to report for each position; only with `logprobs`.',
    { minimum: 0, maximum: MAX_TOP_LOGPROBS, default: 0 },
  ),
  truncate: optional.flag(
    'Leave out the oldest messages of a conversation that is too long for the model; false rejects it.',
    { default: true },
  ),
  shift: unread(
    optional.flag('Accepted; the upstream decides what happens when its context is full.', { default: true }),
  ),
};

export type OllamaTextRequest = ValueOf<typeof textRequestFields>;

/** Declared beside its shape, since a type cannot be inferred from a shape that contains itself. */
export interface OllamaLogprob {
  token: string;
  logprob: number;
  bytes?: number[];
  top_logprobs?: OllamaLogprob[];
}

const logprobFields = {
  token: required.text('The text of the token.'),
  logprob: required.number('Natural logarithm of its probability, 0 at most.'),
  bytes: optional.of(
    listOf(withSchema(INTEGER, { minimum: 0, maximum: 255 })),
    'The UTF-8 bytes of the token; absent for an empty one.',
  ),
};

export const TokenLogprob: Shape<OllamaLogprob> = shape('TokenLogprob', 'How likely one token was.', {
  ...logprobFields,
  get top_logprobs() {
    return optional.of(listOf(TokenLogprob), 'The likeliest tokens at this position; only with `top_logprobs`.');
  },
});

const DONE_REASONS = ['stop', 'length', 'load', 'unload', 'content_filter'] as const;
export type DoneReason = (typeof DONE_REASONS)[number];

/** Figures on the last object of an answer, durations in nanoseconds; each is left out when it is 0 (protocol W18). */
const metricsFields = {
  total_duration: optional.integer('Nanoseconds from the request to the end of the answer.', { minimum: 0 }),
  load_duration: optional.integer('Nanoseconds until the upstream began.', { minimum: 0 }),
  prompt_eval_count: optional.integer(
    'Tokens of the prompt, as the upstream counts them; estimated where it does not.',
    { minimum: 0 },
  ),
  prompt_eval_cached_count: optional.integer(
    'Of `prompt_eval_count`, the tokens that the upstream had cached; 0 if it counted none, absent if it does not count.',
    { minimum: 0 },
  ),
  prompt_eval_duration: optional.integer('Nanoseconds spent on reading the prompt.', { minimum: 0 }),
  eval_count: optional.integer('Tokens of the answer, as the upstream counts them; pieces of text where it does not.', {
    minimum: 0,
  }),
  eval_duration: optional.integer('Nanoseconds spent on writing the answer.', { minimum: 0 }),
};

export type OllamaMetrics = ValueOf<typeof metricsFields>;

/** The fields that the responses of chat and generate share. */
export const textResponseFields = {
  model: required.text('The name that the request had.'),
  created_at: required.time('When this object was made, in UTC.'),
  done: required.flag('true on the last object of an answer, and on no other.'),
  done_reason: optional.choice(
    DONE_REASONS,
    'Why the answer ended; on the last object only. `stop`: the model was done. `length`: a limit of tokens was reached. `load`, `unload`: the request had no prompt.',
  ),
  ...metricsFields,
  logprobs: optional.of(
    listOf(TokenLogprob),
    'One entry for each token of this object; only when the request asked for `logprobs`.',
  ),
};
