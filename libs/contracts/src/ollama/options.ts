import { listOf, STRING, unreadObject } from '../shape/kind.js';
import { optional, shape } from '../shape/shape.js';

/**
 * The options that Ollama knows, with their types (protocol W14). A decoder only checks that `options` is an object;
 * the types of its values are checked by `checkOptions`, whose errors have another status.
 */
export const Options = shape(
  'Options',
  'Sampling and model options. Only what is set is passed on; unknown keys are ignored. Keys are case-sensitive.',
  {
    temperature: optional.number(
      'Randomness of the choice of tokens, from 0 (always the likeliest) up. Usual range 0 to 2.',
      { minimum: 0, examples: [0.7] },
    ),
    top_p: optional.number('Keep the likeliest tokens whose probabilities add up to this.', { minimum: 0, maximum: 1 }),
    top_k: optional.integer(
      'Keep this many of the likeliest tokens. Negative means not set. Needs an upstream that has it.',
    ),
    min_p: optional.number(
      'Drop tokens less likely than this share of the likeliest one. Needs an upstream that has it.',
      { minimum: 0, maximum: 1 },
    ),
    typical_p: optional.number('Locally typical sampling; 1 switches it off. Needs an upstream that has it.', {
      minimum: 0,
      maximum: 1,
    }),
    seed: optional.integer('Start of the random sequence, for reproducible answers. Negative means a random one.', {
      default: -1,
    }),
    num_predict: optional.integer('Most tokens to generate. Zero or less means no limit but that of the model.', {
      default: -1,
    }),
    stop: optional.of(listOf(STRING), 'Texts that end the answer; they are not part of it. Always a list.'),
    presence_penalty: optional.number('Makes tokens that have appeared less likely, however often they did.', {
      minimum: -2,
      maximum: 2,
    }),
    frequency_penalty: optional.number('Makes tokens less likely the more often they have appeared.', {
      minimum: -2,
      maximum: 2,
    }),
    repeat_penalty: optional.number(
      'Divides the score of repeated tokens; 1 switches it off. Needs an upstream that has it.',
    ),
    repeat_last_n: optional.integer(
      'How many tokens back a repetition counts: 0 none, -1 the whole context. Needs an upstream that has it.',
      { minimum: -1 },
    ),
    num_ctx: optional.integer('Context length in tokens. Checked for its type; the upstream decides the length.'),
    num_keep: optional.integer('Tokens of the prompt to keep. Checked for its type, otherwise without effect.'),
    num_batch: optional.integer('Tokens a batch. Checked for its type, otherwise without effect.'),
    num_gpu: optional.integer('Layers on the graphics card. Checked for its type, otherwise without effect.'),
    main_gpu: optional.integer('Index of the main graphics card. Checked for its type, otherwise without effect.'),
    use_mmap: optional.flag('Map the model into memory. Checked for its type, otherwise without effect.'),
    num_thread: optional.integer('Number of threads. Checked for its type, otherwise without effect.'),
    draft_num_predict: optional.integer(
      'Tokens a draft model guesses ahead. Checked for its type, otherwise without effect.',
    ),
  },
);

/** The content of `options`: keys are Ollama's, values are unchecked. */
export type OllamaOptions = Readonly<Record<string, unknown>>;

export const options = unreadObject(Options);
