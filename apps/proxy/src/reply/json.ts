import type { Response } from 'express';

/** As Ollama writes it. */
export const JSON_TYPE = 'application/json; charset=utf-8';

/** Characters from which encoding the text first is cheaper: two thirds of the time of handing the string to the socket. */
const MIN_ENCODED_LENGTH = 64 * 1024;

/** Sends a whole JSON body. Express's `json` would hash it for an ETag first. */
export function sendJson(response: Response, body: object): void {
  const text = JSON.stringify(body);
  if (text.length > MIN_ENCODED_LENGTH) {
    sendPieces(response, [Buffer.from(text)]);
    return;
  }
  if (response.destroyed) return;
  const length = Buffer.byteLength(text);
  writeHead(response, length);
  // As many bytes as characters: the text is ASCII, which latin1 writes without encoding.
  response.end(text, length === text.length ? 'latin1' : 'utf8');
}

/** Sends JSON that is encoded already, in consecutive pieces; they leave in one write, uncopied. */
export function sendPieces(response: Response, pieces: readonly Uint8Array[]): void {
  if (response.destroyed) return;
  writeHead(
    response,
    pieces.reduce((sum, { length }) => sum + length, 0),
  );
  response.cork();
  for (const piece of pieces) response.write(piece);
  response.end();
}

function writeHead(response: Response, length: number): void {
  response.writeHead(200, { 'Content-Type': JSON_TYPE, 'Content-Length': length });
}
