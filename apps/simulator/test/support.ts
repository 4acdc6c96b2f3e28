import { request } from 'node:http';
import type { ClientRequest, IncomingHttpHeaders } from 'node:http';
import { onTestFinished } from 'vitest';
import { createSimulator } from '../src/simulator.js';
import type { Simulator, SimulatorOptions } from '../src/simulator.js';

export type Json = Record<string, any>; // eslint-disable-line @typescript-eslint/no-explicit-any

export interface Received {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
  /** The answer ended in order. */
  complete: boolean;
  /** Code of the error the connection ended with. */
  error?: string;
  /** Sizes of the pieces as they came. */
  pieces: number[];
}

interface Sending {
  body?: unknown;
  headers?: Record<string, string>;
  onStart?: (call: ClientRequest) => unknown;
}

/** A simulator that is closed when the test is over. */
export async function startSimulator(options?: SimulatorOptions): Promise<Simulator> {
  const simulator = createSimulator(options);
  onTestFinished(() => simulator.close());
  await simulator.listen();
  return simulator;
}

/** Sends a request and keeps what comes back, however it ends; `onStart` gets hold of the request to abort it. */
export function sendWith(simulator: Simulator, path: string, sending: Sending): Promise<Received> {
  const { body, headers = {}, onStart } = sending;
  return new Promise((resolve) => {
    const received: Received = { status: 0, headers: {}, text: '', complete: false, pieces: [] };
    const data: Buffer[] = [];
    const finish = (error?: NodeJS.ErrnoException): void => {
      if (error?.code !== undefined) received.error = error.code;
      received.text = Buffer.concat(data).toString();
      resolve(received);
    };
    const call = request(simulator.url + path, { method: body === undefined ? 'GET' : 'POST', agent: false, headers });
    call.on('error', finish);
    call.on('response', (response) => {
      received.status = response.statusCode ?? 0;
      received.headers = response.headers;
      response.on('data', (piece: Buffer) => {
        data.push(piece);
        received.pieces.push(piece.length);
      });
      response.on('error', finish);
      response.on('close', () => {
        received.complete = response.complete;
        finish();
      });
    });
    onStart?.(call);
    call.end(typeof body === 'string' || body === undefined ? body : JSON.stringify(body));
  });
}

/** Sends a JSON body, or asks with GET when there is none. */
export function send(simulator: Simulator, path: string, body?: unknown): Promise<Received> {
  return sendWith(simulator, path, { body });
}

/** The body of a JSON answer. */
export async function sendJson(simulator: Simulator, path: string, body?: unknown): Promise<Json> {
  return JSON.parse((await send(simulator, path, body)).text) as Json;
}

/** A chat request with one user message. */
export function question(content: unknown, more: Json = {}): Json {
  return { model: 'sim-chat', messages: [{ role: 'user', content }], ...more };
}

/** The data of the events in a stream, `[DONE]` left out. */
export function events(text: string): Json[] {
  return dataLines(text)
    .filter((line) => line !== '[DONE]')
    .map((line) => JSON.parse(line) as Json);
}

export function dataLines(text: string): string[] {
  return text
    .split(/\r?\n/)
    .filter((line) => line.startsWith('data: '))
    .map((line) => line.slice(6));
}

/** The text of a stream. */
export function streamText(text: string, field = 'content'): string {
  return events(text)
    .map((event) => ((event.choices as Json[] | undefined)?.[0]?.delta as Json | undefined)?.[field] as unknown)
    .filter((piece) => typeof piece === 'string')
    .join('');
}

/** Waits until something is true. */
export async function until(check: () => boolean): Promise<void> {
  for (let tries = 0; !check(); tries++) {
    if (tries > 400) throw new Error('waited in vain');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

export const weatherTool = {
  type: 'function',
  function: {
    name: 'get_weather',
    description: 'Weather of a place',
    parameters: {
      type: 'object',
      properties: { city: { type: 'string' }, days: { type: 'integer', minimum: 1, maximum: 7 } },
      required: ['city'],
    },
  },
};

const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

export const pngPart = { type: 'image_url', image_url: { url: `data:image/png;base64,${PIXEL}` } };
