import { expect, it } from 'vitest';
import { textOfBase64 } from './base64-text.js';

it.each([
  ['', ''],
  ['SGVsbG8=', 'Hello'],
  ['R3LDvMOfZSDwn5iA', 'Grüße 😀'],
  ['/w==', '\uFFFD'],
  ['!', undefined],
])('reads %j', (data, text) => {
  expect(textOfBase64(data)).toBe(text);
});
