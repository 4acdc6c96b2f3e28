import { connect } from 'node:net';

export interface RawAnswer {
  /** Everything that came. */
  readonly text: string;
  /** Of the first answer; 0 when there was none. */
  readonly status: number;
  /** The body of the last answer. */
  readonly body: string;
  /** The server closed the connection within the time. */
  readonly closed: boolean;
}

/** Sends bytes as they are and listens until the server closes, or for `ms`. */
export function sendRaw(port: number, pieces: string | readonly string[], ms = 2000): Promise<RawAnswer> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    let text = '';
    const done = (closed: boolean): void => {
      clearTimeout(timer);
      socket.destroy();
      const status = Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1] ?? 0);
      resolve({ text, status, body: text.slice(text.lastIndexOf('\r\n\r\n') + 4), closed });
    };
    const timer = setTimeout(() => done(false), ms);
    socket.setEncoding('utf8').on('data', (piece: string) => (text += piece));
    socket.on('error', () => undefined).on('close', () => done(true));
    for (const piece of [pieces].flat()) socket.write(piece);
  });
}
