import type { Response } from 'express';

/** Resolves when a client that was behind has read, or has left. */
export function waitForDrain(response: Response): Promise<void> {
  const { socket } = response;
  return new Promise((resolve) => {
    const done = (): void => {
      response.off('drain', done).off('close', done);
      socket?.off('drain', done);
      resolve();
    };
    response.on('drain', done).on('close', done);
    // What went to the socket itself (write-chunk.ts) is told there.
    socket?.on('drain', done);
  });
}
