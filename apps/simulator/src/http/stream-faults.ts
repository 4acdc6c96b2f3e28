import type { Script } from '../scripts/script.js';
import type { Frame, TextFrame } from './frames.js';

/** Frames a stream uses when something goes wrong in it. */
interface FaultTexts {
  malformed: TextFrame;
  /** The error event and what the dialect sends after it. */
  error: readonly TextFrame[];
}

const FAULTS = ['hang', 'cut', 'malformed', 'errorEvent'] as const;

/** Lets the scripted fault happen after the scripted number of events. */
export function* withFaults(frames: Iterable<TextFrame>, script: Script, texts: FaultTexts): Generator<Frame> {
  const faulty = FAULTS.some((name) => script[name] !== undefined && script[name] !== false);
  let left = faulty ? (script.after ?? 2) : Infinity;
  for (const frame of frames) {
    const due = frame.kind !== 'comment' && left-- === 0;
    if (due) yield* faultFrames(script, frame, texts);
    if (due && !script.malformed) return;
    yield frame;
  }
  if (left >= 0 && left !== Infinity) yield* faultFrames(script, undefined, texts);
}

function* faultFrames(script: Script, next: TextFrame | undefined, texts: FaultTexts): Generator<Frame> {
  if (script.malformed) yield texts.malformed;
  else if (script.errorEvent !== undefined) yield* texts.error;
  else if (script.hang) yield { kind: 'hang' };
  else yield* cutFrames(script.cut, next);
}

function* cutFrames(cut: Script['cut'], next: TextFrame | undefined): Generator<Frame> {
  if (cut === 'mid-event' && next) yield { kind: 'comment', text: firstHalf(next.text) };
  if (cut !== 'clean') yield { kind: cut === 'reset' ? 'reset' : 'close' };
}

function firstHalf(text: string): string {
  return text.slice(0, Math.max(1, Math.floor(text.length / 2)));
}
