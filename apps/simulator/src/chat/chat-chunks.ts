import type { JsonObject } from '../json.js';
import type { Dialect } from '../dialects/dialect.js';
import type { Chunk } from '../http/sse.js';
import type { Script } from '../scripts/script.js';
import type { ChatAnswer } from './chat-answer.js';
import { toDeltas } from './chat-deltas.js';
import type { Delta } from './chat-deltas.js';
import type { ChatRequest } from './chat-request.js';
import { toChatLogprobs } from './logprobs.js';
import { toTimings } from './timings.js';
import { toUsageBody } from './usage.js';

export interface ChunkContext {
  request: ChatRequest;
  dialect: Dialect;
  script: Script;
  /** id, created and model; the same in every chunk. */
  head: JsonObject;
}

/** Fields added to the choice and to the chunk. */
interface ChunkExtras {
  finish?: string | null;
  choice?: JsonObject;
  top?: JsonObject;
}

/** The usage fields of a chunk with the given number of tokens. */
type UsageCounter = (tokens: number) => ChunkExtras;

/** The chunks of a streamed answer, without framing. */
export function* toChatChunks(answer: ChatAnswer, context: ChunkContext): Generator<Chunk> {
  const { dialect, script } = context;
  const counter = usageCounter(answer, context);
  const first = answer.calls.length > 0 && answer.text.length === 0 ? null : '';
  yield { body: toChunk(context, { role: 'assistant', content: first }, counter(0)), token: false };

  let held: Delta | undefined;
  for (const step of toDeltas(answer, dialect)) {
    if (held) yield stepChunk(held, context, counter);
    held = step;
  }
  const merged = dialect.finishCarriesDelta === true && !script.noFinish;
  if (held && !merged) yield stepChunk(held, context, counter);
  if (!script.noFinish) yield finishChunk(answer, merged ? held : undefined, context);
  yield* usageChunk(answer, context);
}

function stepChunk(step: Delta, context: ChunkContext, counter: UsageCounter): Chunk {
  const { logprobs } = context.request;
  const extras =
    step.textToken !== undefined && logprobs !== undefined
      ? { logprobs: toChatLogprobs([step.textToken], logprobs) }
      : {};
  return {
    body: toChunk(context, step.delta, { ...counter(step.tokens), choice: extras }),
    token: step.tokens > 0,
  };
}

function toChunk({ head }: ChunkContext, delta: JsonObject, extras: ChunkExtras): JsonObject {
  return {
    ...head,
    object: 'chat.completion.chunk',
    choices: [{ index: 0, delta, ...extras.choice, finish_reason: extras.finish ?? null }],
    ...extras.top,
  };
}

/** Usage of a chunk with content: null if it is sent later, or the count so far. */
function usageCounter(answer: ChatAnswer, { dialect, script, request }: ChunkContext): UsageCounter {
  let sent = 0;
  if (script.noUsage) return () => ({});
  if (dialect.usage === 'own-chunk') return () => (request.includeUsage ? { top: { usage: null } } : {});
  if (dialect.usage !== 'every-chunk') return () => ({});
  return (tokens) => ({ top: { usage: toUsageBody({ ...answer.usage, completionTokens: (sent += tokens) }, script) } });
}

function finishChunk(answer: ChatAnswer, held: Delta | undefined, context: ChunkContext): Chunk {
  const extras = { finish: answer.finish, top: finishExtras(answer, context) };
  return { body: toChunk(context, held?.delta ?? {}, extras), token: held !== undefined };
}

function finishExtras(answer: ChatAnswer, { dialect, script, request }: ChunkContext): JsonObject {
  const timings = dialect.timings && !request.includeUsage ? { timings: toTimings(answer.usage) } : {};
  if (script.noUsage) return timings;
  const usage = toUsageBody(answer.usage, script);
  switch (dialect.usage) {
    case 'own-chunk':
      return { ...(request.includeUsage && { usage: null }), ...timings };
    case 'groq':
      return { ...(request.includeUsage && { usage }), x_groq: { id: 'req_simulated', usage } };
    case 'finish-chunk':
    case 'every-chunk':
      return { usage };
  }
}

function* usageChunk(answer: ChatAnswer, { dialect, script, request, head }: ChunkContext): Generator<Chunk> {
  const wanted = request.includeUsage && (dialect.usage === 'own-chunk' || dialect.usage === 'groq');
  if (!wanted || script.noUsage) return;
  const timings = dialect.timings ? { timings: toTimings(answer.usage) } : {};
  const usage = toUsageBody(answer.usage, script);
  yield { body: { ...head, object: 'chat.completion.chunk', choices: [], usage, ...timings }, token: false };
}
