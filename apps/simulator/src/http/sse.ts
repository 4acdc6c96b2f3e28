import type { Call } from '../simulation.js';
import type { Dialect } from '../dialects/dialect.js';
import type { JsonObject } from '../json.js';
import type { Script } from '../scripts/script.js';
import { toErrorBody } from './error-body.js';
import type { Frame, Pace, TextFrame } from './frames.js';
import { Refusal } from './refusal.js';
import type { Reply } from './reply.js';
import { withFaults } from './stream-faults.js';

/** A chunk of a stream; one that carries a token is paced. */
export interface Chunk {
  body: JsonObject;
  token: boolean;
  /** Name of the event, where the API names its events. */
  event?: string;
}

/** The events with which a stream of an API with named events fails; such a stream ends without `[DONE]`. */
export type Failure = (message: string) => Chunk[];

/** A streamed answer in the framing of a dialect, with the faults of the script. */
export function streamReply(chunks: Iterable<Chunk>, { script, simulation }: Call, failure?: Failure): Reply {
  return {
    status: 200,
    headers: { 'Content-Type': 'text/event-stream; charset=utf-8', 'Cache-Control': 'no-cache' },
    frames: failure
      ? toNamedFrames(chunks, script, simulation.dialect, failure)
      : toFrames(chunks, script, simulation.dialect),
    pace: paceOf(script, simulation.tokenDelayMs),
  };
}

/** The pace of a script, where it does not say anything the simulator's own. */
function paceOf(script: Script, tokenDelayMs: number): Pace {
  const { firstTokenDelayMs, dripMs, burst } = script;
  return {
    tokenDelayMs: script.tokenDelayMs ?? tokenDelayMs,
    ...(firstTokenDelayMs !== undefined && { firstTokenDelayMs }),
    ...(dripMs !== undefined && { dripMs }),
    ...(burst !== undefined && { burst }),
  };
}

function toFrames(chunks: Iterable<Chunk>, script: Script, dialect: Dialect): Iterable<Frame> {
  const error = errorFrame(script, dialect);
  return withFaults(regularFrames(chunks, script, dialect), script, {
    malformed: dataFrame('{"id":"chatcmpl-broken","choices":[{"index":0,"delta":{"content":', dialect),
    error: dialect.doneAfterError && !script.noDone ? [error, dataFrame('[DONE]', dialect)] : [error],
  });
}

function toNamedFrames(chunks: Iterable<Chunk>, script: Script, dialect: Dialect, failure: Failure): Iterable<Frame> {
  return withFaults(namedFrames(chunks, dialect), script, {
    malformed: dataFrame('{"type":"response.output_text.delta","delta":', dialect),
    error: [...namedFrames(failure(script.errorEvent ?? ''), dialect)],
  });
}

function* namedFrames(chunks: Iterable<Chunk>, dialect: Dialect): Generator<TextFrame> {
  for (const { body, token, event } of chunks) {
    const { kind, text } = dataFrame(JSON.stringify(body), dialect, token ? 'token' : 'event');
    yield { kind, text: `event: ${String(event)}${dialect.lineEnd}${text}` };
  }
}

function* regularFrames(chunks: Iterable<Chunk>, script: Script, dialect: Dialect): Generator<TextFrame> {
  const every = dialect.comment?.every ?? Infinity;
  yield* commentFrames(dialect);
  let tokens = 0;
  for (const { body, token } of chunks) {
    if (token && ++tokens % every === 0) yield* commentFrames(dialect);
    yield dataFrame(JSON.stringify(body), dialect, token ? 'token' : 'event');
  }
  if (dialect.done && !script.noDone) yield dataFrame('[DONE]', dialect);
}

function* commentFrames({ comment, lineEnd }: Dialect): Generator<TextFrame> {
  if (comment) yield { kind: 'comment', text: `: ${comment.text}${lineEnd}${lineEnd}` };
}

function errorFrame(script: Script, dialect: Dialect): TextFrame {
  const body = toErrorBody(dialect.errors, new Refusal(500, script.errorEvent ?? ''));
  const { kind, text } = dataFrame(JSON.stringify(body), dialect);
  const name = dialect.errorEventName;
  return { kind, text: name === undefined ? text : `event: ${name}${dialect.lineEnd}${text}` };
}

function dataFrame(data: string, { lineEnd }: Dialect, kind: TextFrame['kind'] = 'event'): TextFrame {
  return { kind, text: `data: ${data}${lineEnd}${lineEnd}` };
}
