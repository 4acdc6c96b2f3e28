import { expect } from 'vitest';
import type { Seen } from '../support/ask.js';
import type { Decoder } from './decoders.js';
import { string, struct } from './decoders.js';

/** The one JSON object of an answer, as a program with these types gets it. */
export function decodeWhole<T>(seen: Seen, decode: Decoder<T>): T {
  expect(seen.status, seen.text).toBe(200);
  expect(seen.type).toMatch(/^application\/json/);
  return decode(JSON.parse(seen.text), 'body');
}

/** The lines of a stream, read as strictly as the strictest of the line readers does. */
export function decodeLines<T>(seen: Seen, decode: Decoder<T>): T[] {
  expect(seen.status, seen.text).toBe(200);
  expect(seen.type).toBe('application/x-ndjson');
  expect(seen.headers.get('content-encoding')).toBeNull();
  expect(seen.text.endsWith('\n'), 'the last line ends in a line feed').toBe(true);
  const lines = seen.text.slice(0, -1).split('\n');
  return lines.map((line, index) => decode(parseLine(line, index), `line ${String(index)}`));
}

function parseLine(line: string, index: number): unknown {
  if (line.trim() === '') throw new Error(`line ${String(index)} is blank`);
  return JSON.parse(line);
}

/** The text that a client shows for a refusal: `error`, a string, in JSON of one line. */
export function errorOf(seen: Seen): string {
  expect(seen.status).toBeGreaterThanOrEqual(400);
  expect(seen.status, 'would start a sign-in').not.toBe(401);
  expect(seen.type).toMatch(/^application\/json/);
  expect(seen.text.trimEnd()).not.toContain('\n');
  return struct({ error: string })(JSON.parse(seen.text), 'body').error;
}

/** A tool in the form that most clients send. */
export function tool(name: string, properties: object = { input: { type: 'string' } }): object {
  return {
    type: 'function',
    function: { name, description: `Does ${name}`, parameters: { type: 'object', properties } },
  };
}

/** A 1×1 PNG. */
export const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
