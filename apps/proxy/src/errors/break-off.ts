import type { Response } from 'express';

/**
 * Ends an answer so that nobody takes it for complete. One that waits behind another on its connection has no socket yet, and
 * Node would leave its client waiting: then the connection goes, with all that is on it.
 */
export function breakOff(response: Response): void {
  // Without a socket because it is complete: the connection may be another answer's by now.
  if (response.writableFinished) return;
  if (response.socket) response.destroy();
  else response.req.socket.destroy();
}
