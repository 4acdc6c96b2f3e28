import type { OpenAiChatRequest } from '#contracts';

type Field = keyof OpenAiChatRequest;

/** How one family of backends wants to be asked. Data only; whatever is not said here is the plain OpenAI format. */
export interface Dialect {
  readonly name: string;
  /** Sampling fields beyond the plain format that it takes. */
  readonly extras: readonly Field[];
  /** Fields that it has under another name. */
  readonly renamed?: Partial<Record<Field, Field>>;
  /** How thinking is switched; `effort` is neutral ("none", "default" or a level). Absent: nothing is sent. */
  readonly thinking?: (effort: string) => Partial<OpenAiChatRequest>;
  /** What in an entry of its model list gives it away. */
  readonly reveals?: (entry: Readonly<Record<string, unknown>>) => boolean;
}

const templateSwitch = (effort: string): Partial<OpenAiChatRequest> => ({
  chat_template_kwargs: {
    enable_thinking: effort !== 'none',
    ...(effort !== 'none' && effort !== 'default' && { reasoning_effort: effort }),
  },
});

/** A backend of which nothing is known gets the smallest request that says what the client wants (dialects rules 24, 27, 33). */
export const PLAIN: Dialect = {
  name: 'plain',
  extras: [],
  thinking: (effort) => (effort === 'none' ? {} : { reasoning_effort: effort === 'default' ? 'medium' : effort }),
};

/** The one table of differences. A new backend is a new row, with its line in the table test. */
export const DIALECTS: readonly Dialect[] = [
  {
    name: 'llama.cpp',
    extras: ['top_k', 'min_p', 'typical_p', 'repeat_penalty', 'repeat_last_n'],
    thinking: templateSwitch,
    reveals: ({ owned_by }) => owned_by === 'llamacpp',
  },
  {
    name: 'vllm',
    extras: ['top_k', 'min_p', 'repetition_penalty'],
    renamed: { repeat_penalty: 'repetition_penalty' },
    thinking: templateSwitch,
    reveals: ({ owned_by }) => owned_by === 'vllm' || owned_by === 'sglang',
  },
  {
    name: 'openrouter',
    extras: ['top_k', 'min_p', 'repetition_penalty'],
    renamed: { repeat_penalty: 'repetition_penalty' },
    thinking: (effort) => {
      if (effort === 'none') return { reasoning: { enabled: false } };
      return { reasoning: effort === 'default' ? { enabled: true } : { effort: effort === 'max' ? 'high' : effort } };
    },
    reveals: ({ supported_parameters }) => Array.isArray(supported_parameters),
  },
];

/** The dialect that an entry of a model list gives away. */
export function dialectOf(entry: Readonly<Record<string, unknown>> | undefined): Dialect {
  return (entry && DIALECTS.find(({ reveals }) => reveals?.(entry))) ?? PLAIN;
}
