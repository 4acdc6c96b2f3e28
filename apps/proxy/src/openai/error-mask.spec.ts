import { describe, expect, it } from 'vitest';
import { ErrorMask } from './error-mask.js';

const mask = (text: string): string => text.replaceAll('SECRET', '******');

/** Feeds a text in chunks of a size. @returns what passed with each chunk, then the rest */
function run(text: string, size: number, isStream = true): string[] {
  const errors = new ErrorMask(mask, isStream);
  const bytes = Buffer.from(text);
  const passed: string[] = [];
  for (let at = 0; at < bytes.length; at += size) passed.push(toText(errors.feed([bytes.subarray(at, at + size)])));
  return [...passed, toText(errors.flush())];
}

function toText(chunks: readonly Uint8Array[]): string {
  return Buffer.concat(chunks).toString('latin1');
}

const SIZES = [1, 2, 3, 5, 7, 11, 13, 64, 100_000];
const TEXT = 'data: {"choices":[{"delta":{"content":"an error, SECRET"}}]}\n\n';

describe('ErrorMask', () => {
  it.each([
    'data: {"error":{"message":"key SECRET"}}\n\n',
    'data: {"type":"error","message":"key SECRET"}\r\n\r\n',
    'event: error\ndata: key SECRET\n\n',
    'event:error\ndata: SECRET\ndata: SECRET\n\n',
    'data: {"a":1,"error" : "SECRET"}\r\r',
    'data: {"error":"SECRET',
  ])('masks the error of a stream: %j', (event) => {
    for (const size of SIZES) {
      const whole = TEXT + event + (event.endsWith('SECRET') ? '' : TEXT);
      const expected = TEXT + mask(event) + (event.endsWith('SECRET') ? '' : TEXT);
      expect(run(whole, size).join(''), String(size)).toBe(expected);
    }
  });

  it('masks one error after the other', () => {
    const event = 'data: {"error":"SECRET"}\n\n';
    for (const size of SIZES) expect(run(event.repeat(3) + TEXT, size).join('')).toBe(mask(event).repeat(3) + TEXT);
  });

  it('masks the rest of a JSON body, and a long error in parts', () => {
    const body = `{"a":"SECRET","error":"SECRET\n\nSECRET"}`;
    for (const size of SIZES) expect(run(body, size, false).join('')).toBe('{"a":"SECRET","error":"******\n\n******"}');
    const long = `{"error":"${'x'.repeat(200_000)}SECRET"}`;
    for (const size of [1000, 500_000]) expect(run(long, size, false).join('')).toBe(mask(long));
  });

  it.each([
    TEXT,
    'data: {"response":{"error":null,"text":"SECRET"}}\n\n',
    'data: {"response":{"error": null,"text":"SECRET"}}\n\n',
    'data: {"content":"\\"error\\": SECRET"}\n\n',
    'data: {"errors":"SECRET","an error":"SECRET"}\n\n',
    'data: {"content":"event: error SECRET"}\n\n',
  ])('holds no byte of other events: %j', (event) => {
    const errors = new ErrorMask(mask, true);
    const chunk = Buffer.from(event);
    for (let count = 0; count < 3; count += 1) expect(toText(errors.feed([chunk]))).toBe(event);
  });

  it('changes no byte that is not text', () => {
    const bytes = Buffer.from(Array.from({ length: 512 }, (_, at) => at % 256));
    const errors = new ErrorMask(mask, true);
    const passed = [...errors.feed([Buffer.from('{"error":'), bytes, Buffer.from('\n\n'), bytes]), ...errors.flush()];
    expect(Buffer.concat(passed).subarray(9)).toEqual(Buffer.concat([bytes, Buffer.from('\n\n'), bytes]));
  });
});
