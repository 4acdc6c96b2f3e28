import type { Script } from '../scripts/script.js';
import type { Frame } from './frames.js';
import type { Reply } from './reply.js';

const SLICE = 32 * 1024;

/** A plain JSON answer without any fault. */
export function jsonReply(status: number, body: unknown): Reply {
  return textReply(status, 'application/json', JSON.stringify(body));
}

export function textReply(status: number, type: string, text: string): Reply {
  return { status, headers: headersOf(type, text), frames: slices(text), pace: { tokenDelayMs: 0 } };
}

/** A successful JSON answer with the faults of the script; the error body stands in for an error event. */
export function scriptedJsonReply(body: unknown, script: Script, errorBody: () => unknown): Reply {
  const text = JSON.stringify(script.errorEvent === undefined ? body : errorBody());
  const sent = script.malformed ? `${text.slice(0, -1)},,` : text;
  const headers = headersOf('application/json', sent);
  const { dripMs, burst } = script;
  const pace = { tokenDelayMs: 0, ...(dripMs !== undefined && { dripMs }), ...(burst !== undefined && { burst }) };
  if (script.cut === undefined && script.hang !== 'mid-stream')
    return { status: 200, headers, frames: slices(sent), pace };
  // An orderly but incomplete end is only possible when no length was promised.
  if (script.cut === 'clean') delete headers['Content-Length'];
  return { status: 200, headers, frames: half(sent, script), pace };
}

function headersOf(type: string, text: string): Record<string, string | number> {
  return { 'Content-Type': type, 'Content-Length': Buffer.byteLength(text) };
}

function* half(text: string, script: Script): Generator<Frame> {
  yield* slices(text.slice(0, Math.floor(text.length / 2)));
  if (script.hang === 'mid-stream') yield { kind: 'hang' };
  else if (script.cut !== 'clean') yield { kind: script.cut === 'reset' ? 'reset' : 'close' };
}

function* slices(text: string): Generator<Frame> {
  for (let at = 0; at < text.length;) {
    const end = endOfSlice(text, at + SLICE);
    yield { kind: 'event', text: text.slice(at, end) };
    at = end;
  }
}

/** Never between the halves of a surrogate pair: each half alone would be encoded as a replacement character. */
function endOfSlice(text: string, end: number): number {
  const code = text.charCodeAt(end - 1);
  return code >= 0xd800 && code <= 0xdbff ? end + 1 : end;
}
