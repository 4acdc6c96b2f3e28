import type { OpenAiChatRequest, OpenAiTextParameters } from '#contracts';
import type { Dialect } from './dialect.js';

/** Sampling fields that are no part of the OpenAI format. */
const EXTRAS = ['top_k', 'min_p', 'typical_p', 'repeat_penalty', 'repetition_penalty', 'repeat_last_n'] as const;

/** A neutral request in the words of a dialect: fields renamed, those it does not take left out. */
export function shapeRequest<Request extends OpenAiTextParameters>(request: Request, dialect: Dialect): Request {
  const { reasoning_effort: effort, ...shaped } = request as Request & Partial<OpenAiChatRequest>;
  for (const [from, to] of Object.entries(dialect.renamed ?? {})) {
    if (from in shaped) Object.assign(shaped, { [to]: shaped[from as keyof typeof shaped] });
  }
  const refused = new Set<string>(EXTRAS.filter((field) => !dialect.extras.includes(field)));
  const taken = Object.fromEntries(Object.entries(shaped).filter(([field]) => !refused.has(field)));
  return { ...taken, ...(effort !== undefined && dialect.thinking?.(effort)) } as unknown as Request;
}
