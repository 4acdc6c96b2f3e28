import type { Response } from 'express';
import type { Socket } from 'node:net';

/** Responses by connection that wait for the one before them. */
const waiting = new WeakMap<Socket, Set<Response>>();

/**
 * Emits 'close' on a response whose connection ends before its turn. With pipelining (RFC 9112 §9.3.2) a response has no
 * socket until the one before it is complete, and Node notifies only the response that has the socket.
 */
export function closeWithConnection(response: Response): void {
  if (hasSocket(response)) return;
  const { socket } = response.req;
  const responses = waiting.get(socket) ?? closedWith(socket);
  responses.add(response);
  response.once('close', () => responses.delete(response));
}

function closedWith(socket: Socket): Set<Response> {
  const responses = new Set<Response>();
  waiting.set(socket, responses);
  socket.once('close', () => {
    for (const response of responses) {
      if (hasSocket(response)) continue;
      response.destroy();
      response.emit('close');
    }
  });
  return responses;
}

/** Without one while an earlier response of the connection is not complete. */
function hasSocket({ socket }: Response): boolean {
  return socket !== null;
}
