import type { Exchange } from './exchange.js';
import type { Frame, Pace } from './frames.js';

const BATCH = 32 * 1024;

/** Writes all frames and ends the answer, or carries out the fault among them. */
export async function writeFrames(exchange: Exchange, frames: Iterable<Frame>, pace: Pace): Promise<void> {
  let pending = '';
  let first = true;
  const flush = async (): Promise<void> => {
    if (pending === '') return;
    const text = pending;
    pending = '';
    await writeText(exchange, text, pace);
  };

  for (const frame of frames) {
    if (!('text' in frame)) {
      await flush();
      return carryOut(exchange, frame.kind);
    }
    const delay = frame.kind === 'token' ? tokenDelay(pace, first) : 0;
    first &&= frame.kind !== 'token';
    if (delay > 0) {
      await flush();
      await exchange.wait(delay);
    }
    pending += frame.text;
    if (pending.length >= BATCH && !pace.burst) await flush();
  }
  await flush();
  exchange.end();
}

function tokenDelay(pace: Pace, first: boolean): number {
  if (pace.burst) return 0;
  return first ? (pace.firstTokenDelayMs ?? pace.tokenDelayMs) : pace.tokenDelayMs;
}

async function carryOut(exchange: Exchange, fault: 'hang' | 'close' | 'reset'): Promise<void> {
  if (fault === 'hang') await exchange.hang();
  else await exchange.cut(fault);
}

async function writeText(exchange: Exchange, text: string, pace: Pace): Promise<void> {
  if (!pace.dripMs) return exchange.write(text);
  const bytes = Buffer.from(text);
  for (let at = 0, step = 1; at < bytes.length; at += step, step = (step % 3) + 1) {
    await exchange.write(bytes.subarray(at, at + step));
    await exchange.wait(pace.dripMs);
  }
}
