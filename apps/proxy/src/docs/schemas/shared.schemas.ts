import { ApiSchema } from '@nestjs/swagger';
import { Always, Maybe } from './field.js';

/** What `keep_alive` means wherever it stands. */
export const KEEP_ALIVE = {
  forms: [{ type: 'number' }, { type: 'string' }],
  description:
    'How long `GET /api/ps` goes on listing the model after this call: a number of seconds, or a duration such as `5m`, `1h30m` or `300ms` (units `ns`, `us`, `ms`, `s`, `m`, `h`; the unit is needed unless it is `0`). Negative means for ever, 0 means not at all. The backend itself loads and unloads as it likes.',
  rest: { default: '5m', examples: ['10m', 300] },
};

@ApiSchema({
  description:
    'A failure in the form of the Ollama API. After the first byte of a stream the same object is the last line, and no line with `done: true` follows.',
})
export class OllamaError {
  @Always.text('What went wrong, for people. Texts about the backend begin with `upstream error`.')
  error!: string;
}

@ApiSchema({
  description:
    'Sampling and model options. Only what is set is passed on; unknown keys are ignored. Keys are case-sensitive.',
})
export class Options {
  @Maybe.number('Randomness of the choice of tokens, from 0 (always the likeliest) up. Usual range 0 to 2.', {
    minimum: 0,
    examples: [0.7],
  })
  temperature?: number;

  @Maybe.number('Keep the likeliest tokens whose probabilities add up to this.', { minimum: 0, maximum: 1 })
  top_p?: number;

  @Maybe.integer('Keep this many of the likeliest tokens. Negative means not set. Needs a backend that has it.')
  top_k?: number;

  @Maybe.number('Drop tokens less likely than this share of the likeliest one. Needs a backend that has it.', {
    minimum: 0,
    maximum: 1,
  })
  min_p?: number;

  @Maybe.number('Locally typical sampling; 1 switches it off. Needs a backend that has it.', { minimum: 0, maximum: 1 })
  typical_p?: number;

  @Maybe.integer('Start of the random sequence, for answers that can be repeated. Negative means a random one.', {
    default: -1,
  })
  seed?: number;

  @Maybe.integer('Most tokens to generate. Zero or less means no limit but that of the model.', { default: -1 })
  num_predict?: number;

  @Maybe.listOf({ type: 'string' }, 'Texts that end the answer; they are not part of it. Always a list.')
  stop?: string[];

  @Maybe.number('Makes tokens that have appeared less likely, however often they did.', { minimum: -2, maximum: 2 })
  presence_penalty?: number;

  @Maybe.number('Makes tokens less likely the more often they have appeared.', { minimum: -2, maximum: 2 })
  frequency_penalty?: number;

  @Maybe.number('Divides the score of repeated tokens; 1 switches it off. Needs a backend that has it.')
  repeat_penalty?: number;

  @Maybe.integer(
    'How many tokens back a repetition counts: 0 none, -1 the whole context. Needs a backend that has it.',
    {
      minimum: -1,
    },
  )
  repeat_last_n?: number;

  @Maybe.integer('Context length in tokens. Checked for its type; the backend decides the length.')
  num_ctx?: number;

  @Maybe.integer('Tokens of the prompt to keep. Checked for its type, otherwise without effect.')
  num_keep?: number;

  @Maybe.integer('Tokens a batch. Checked for its type, otherwise without effect.')
  num_batch?: number;

  @Maybe.integer('Layers on the graphics card. Checked for its type, otherwise without effect.')
  num_gpu?: number;

  @Maybe.integer('Index of the main graphics card. Checked for its type, otherwise without effect.')
  main_gpu?: number;

  @Maybe.flag('Map the model into memory. Checked for its type, otherwise without effect.')
  use_mmap?: boolean;

  @Maybe.integer('Number of threads. Checked for its type, otherwise without effect.')
  num_thread?: number;

  @Maybe.integer('Tokens a draft model guesses ahead. Checked for its type, otherwise without effect.')
  draft_num_predict?: number;
}

@ApiSchema({ description: 'How likely one token was.' })
export class TokenLogprob {
  @Always.text('The text of the token.')
  token!: string;

  @Always.number('Natural logarithm of its probability, 0 at most.')
  logprob!: number;

  @Maybe.listOf({ type: 'integer', minimum: 0, maximum: 255 }, 'The UTF-8 bytes of the token; absent for an empty one.')
  bytes?: number[];

  @Maybe.list(() => TokenLogprob, 'The likeliest tokens at this place; only with `top_logprobs`.')
  top_logprobs?: TokenLogprob[];
}
