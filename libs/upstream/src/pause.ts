import type { UpstreamRequestContext } from '#connections';
import { abortReason } from '#connections';

/** Waits, unless the client leaves. @throws the reason of the signal */
export function pause(ms: number, { signal }: UpstreamRequestContext): Promise<void> {
  return new Promise((resolve, reject) => {
    const leave = (): void => {
      clearTimeout(timer);
      reject(abortReason(signal));
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', leave);
      resolve();
    }, ms);
    signal.addEventListener('abort', leave, { once: true });
    if (signal.aborted) leave();
  });
}
