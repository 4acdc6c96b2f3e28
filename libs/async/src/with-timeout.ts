/**
 * The result of a promise, or of `onTimeout` if the promise has not settled after `ms` milliseconds. The promise itself
 * goes on; its later rejection is ignored.
 * @throws what the promise rejects with in time, and what `onTimeout` throws
 */
export async function withTimeout<T, U>(promise: Promise<T>, ms: number, onTimeout: () => U): Promise<T | U> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  try {
    return await Promise.race([promise, timeout.then(onTimeout)]);
  } finally {
    clearTimeout(timer);
  }
}
