import type { RequestRecord } from '#observability';
import { joinBytes } from '#json-bytes';
import { AnswerDecoder } from '#streaming';
import type { OllamaAnswer } from '#translation';
import type { UpstreamResponse } from '#connections';

/** A backend that neither closes nor says `[DONE]` after its finish reason is not waited for longer (dialects rule 9). */
const AFTER_FINISH_MS = 5000;

/** What comes after the end is swallowed for this long, so that the connection can serve the next call. */
const AFTER_END_MS = 1000;

/** What is done with lines as they come; a returned promise asks for patience. */
type LineSink<Line> = (lines: Line[]) => Promise<void> | undefined;

/**
 * Feeds an answer from the wire until it is over. Resolves as soon as nothing more is needed, which may be before the
 * backend's body has ended.
 * @throws UpstreamError when the body breaks off or falls silent before the answer was complete
 */
export function pump<Line>(
  upstream: UpstreamResponse,
  answer: OllamaAnswer<Line>,
  record: RequestRecord,
  onLines: LineSink<Line>,
): Promise<void> {
  const decoder = new AnswerDecoder(upstream.contentType);
  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined;
    let isOver = false;
    let isRead = false;
    const stopIn = (ms: number): void => {
      timer ??= setTimeout(() => {
        upstream.stop();
      }, ms);
    };
    const patient = (): void => {
      if (!isRead) stopIn(AFTER_FINISH_MS);
    };
    const consume = (batch: readonly Uint8Array[]): Promise<void> | undefined => {
      if (isOver) return undefined;
      const lines = answer.read(decoder.feed(joinBytes(batch), answer.pattern));
      if (lines.length > 0) record.progress(performance.now());
      const pending = onLines(lines);
      if (answer.isOver) {
        isOver = true;
        clearTimeout(timer);
        timer = undefined;
        stopIn(AFTER_END_MS);
        if (pending) pending.then(resolve, reject);
        else resolve();
        return pending;
      }
      // While our own client is behind, the backend is not read and cannot come to its end.
      if (answer.isFinished && pending) pending.then(patient, () => undefined);
      else if (answer.isFinished) patient();
      return pending;
    };
    const end = async (): Promise<void> => {
      const whole = decoder.whole();
      if (whole === undefined) await onLines(answer.read(decoder.end()));
      else answer.readWhole(whole);
    };
    upstream
      .forEachBatch(consume)
      .catch((failure: unknown) => {
        if (!answer.isFinished) throw failure;
      })
      .finally(() => {
        isRead = true;
        clearTimeout(timer);
      })
      .then(() => (isOver ? undefined : end()))
      .then(resolve, reject);
  });
}
