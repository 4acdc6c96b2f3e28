import type { Script } from '../scripts/script.js';
import type { Exchange } from './exchange.js';
import { writeFrames } from './frame-writer.js';
import type { Frame, Pace } from './frames.js';

/** An answer that is ready to be sent. */
export interface Reply {
  status: number;
  headers: Record<string, string | number>;
  frames: Iterable<Frame>;
  pace: Pace;
  /** Time before the first byte. */
  thinkingMs?: number;
}

/** Sends a reply, with the delays and silences of the script. */
export async function sendReply(exchange: Exchange, reply: Reply, script: Script): Promise<void> {
  const delay = (script.headersDelayMs ?? 0) + (reply.thinkingMs ?? 0);
  if (delay > 0) await exchange.wait(delay);
  if (script.hang === 'before-headers') await exchange.hang();
  exchange.head(reply.status, reply.headers);
  if (script.hang === 'after-headers') {
    exchange.response.flushHeaders();
    await exchange.hang();
  }
  await writeFrames(exchange, reply.frames, reply.pace);
}
