import type { RequestRecord } from '#observability';
import type { ReplyStream } from '#translation';
import type { UpstreamResponse } from '#connections';

/** How long usage and the end of the body are waited for after the finish reason (protocol D9). */
const FINISHED_TIMEOUT_MS = 5000;

/** How long the rest of a body is discarded after the end of the answer, so that its connection can be used again. */
const DISCARD_TIMEOUT_MS = 1000;

/** Sends what the answer has ready, at once or soon; returns a promise to apply back-pressure. */
type Send = () => Promise<void> | undefined;

/**
 * Reads an upstream's body into `answer` and calls `send` after each read that makes something ready. Resolves when the answer is
 * complete, which may be before the body has ended.
 * @throws UpstreamError when the body breaks off or a timeout ends it before the answer was complete
 */
export function pump(
  upstream: UpstreamResponse,
  answer: ReplyStream,
  record: RequestRecord,
  send: Send,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined;
    let isComplete = false;
    let hasEnded = false;
    const stopAfter = (ms: number): void => {
      if (!hasEnded) timer ??= setTimeout(() => upstream.stop(), ms);
    };
    const awaitUsage = (): void => stopAfter(FINISHED_TIMEOUT_MS);
    const consume = (batch: readonly Uint8Array[]): Promise<void> | undefined => {
      if (isComplete) return undefined;
      const isReady = answer.feed(batch);
      if (isReady) record.progress(performance.now());
      if (!answer.isFinished) {
        // Also after a finish reason, if text or a call followed it: the reason came early, and the answer goes on.
        clearTimeout(timer);
        timer = undefined;
      }
      const pending = isReady ? send() : undefined;
      if (answer.isOver) {
        isComplete = true;
        clearTimeout(timer);
        timer = undefined;
        stopAfter(DISCARD_TIMEOUT_MS);
        if (pending) pending.then(resolve, reject);
        else resolve();
        return pending;
      }
      // While the client is behind, the upstream is not read and cannot come to its end.
      if (answer.isFinished && pending) pending.then(awaitUsage, () => undefined);
      else if (answer.isFinished) awaitUsage();
      return pending;
    };
    upstream
      .forEachBatch(consume)
      .catch((failure: unknown) => {
        if (!answer.isFinished) throw failure;
      })
      .finally(() => {
        hasEnded = true;
        clearTimeout(timer);
      })
      .then(() => (!isComplete && answer.flush() ? send() : undefined))
      .then(resolve, reject);
  });
}
