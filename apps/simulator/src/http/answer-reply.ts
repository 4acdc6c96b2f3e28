import type { Call } from '../simulation.js';
import { toErrorBody } from './error-body.js';
import { scriptedJsonReply } from './json-reply.js';
import { Refusal } from './refusal.js';
import type { Reply } from './reply.js';
import { streamReply } from './sse.js';
import type { Chunk, Failure } from './sse.js';

/** An answer in both forms; only the one that is wanted is made. */
interface AnswerForms {
  chunks: () => Iterable<Chunk>;
  json: () => unknown;
  tokens: number;
  /** Of an API with named events. */
  failure?: Failure;
}

/** The stream or the JSON object the request wants, unless the script wants the other one. */
export function answerReply(call: Call, { chunks, json, tokens, failure }: AnswerForms): Reply {
  const { body, script, simulation } = call;
  if (body.stream === true && !script.json) return streamReply(chunks(), call, failure);
  return {
    ...scriptedJsonReply(json(), script, () => errorBody(call)),
    // A whole answer is there when its last token is.
    thinkingMs: tokens * (script.tokenDelayMs ?? simulation.tokenDelayMs) + (script.firstTokenDelayMs ?? 0),
  };
}

/** The error that takes the place of a JSON answer. */
export function errorBody({ script, simulation }: Call): unknown {
  return toErrorBody(simulation.dialect.errors, new Refusal(500, script.errorEvent ?? ''));
}
