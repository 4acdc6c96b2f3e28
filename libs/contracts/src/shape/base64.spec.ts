import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BadRequestError } from '#errors';
import { readBase64 } from './base64.js';

describe('base64', () => {
  it.each(['', 'AAAA', 'AAA=', 'AA==', '+/+/', 'iVBORw0KGgo='])('takes %j as it is', (value) => {
    expect(readBase64(value)).toBe(value);
  });

  it('takes what any bytes are written as', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        const value = Buffer.from(bytes).toString('base64');
        expect(readBase64(value)).toBe(value);
      }),
    );
  });

  it.each([
    ['AAAA\nAAAA', 'AAAAAAAA'],
    ['AAAA\r\nAA==\r\n', 'AAAAAA=='],
    ['\nAA=\n=', 'AA=='],
    ['\n', ''],
  ])('takes the line breaks out of %j', (value, plain) => {
    expect(readBase64(value)).toBe(plain);
  });

  it.each([
    ['!!!', 0],
    ['data:image/png;base64,AAAA', 4],
    ['AAAA AAAA', 4],
    ['AA-_', 2],
    ['AAA\u00E4', 3],
    ['=', 0],
    ['====', 0],
    ['A===', 1],
    ['AA=A', 2],
    ['AAAA=', 4],
    ['AAAA====', 4],
    ['A', 0],
    ['AA', 0],
    ['AAA', 0],
    ['AAAAA', 4],
    ['AAAAAAA', 4],
  ])('says of %j that byte %i is illegal', (value, position) => {
    expect(() => readBase64(value)).toThrow(new BadRequestError(`illegal base64 data at input byte ${position}`));
  });

  it('is read in linear time', () => {
    expect((length: number) => {
      expect(readBase64('A'.repeat(length))).toHaveLength(length);
    }).toTakeLinearTime(2 * 1024 * 1024);
  });

  it('never fails with anything but a complaint about the request', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.base64String(), fc.string({ unit: fc.constantFrom('A', '=', '\n', '+', '-') })),
        (value) => {
          try {
            expect(readBase64(value)).toMatch(/^[A-Za-z0-9+/]*={0,2}$/);
          } catch (error) {
            if (!(error instanceof BadRequestError)) throw error;
          }
        },
      ),
    );
  });
});
