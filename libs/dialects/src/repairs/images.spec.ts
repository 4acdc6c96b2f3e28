import { describe, expect, it } from 'vitest';
import { imagesIn, withImages } from './images.js';

const url = (type: string, data: string): string => `data:${type};base64,${data}`;

/** The places of an image in the requests of each API. */
const BODIES: readonly (readonly [string, (type: string, data: string) => Record<string, unknown>])[] = [
  [
    'chat completions',
    (type, data) => ({
      model: 'm',
      messages: [
        { role: 'user', content: [{ type: 'image_url', image_url: { url: url(type, data), detail: 'low' } }] },
      ],
    }),
  ],
  [
    'the Responses API',
    (type, data) => ({
      input: [
        { role: 'user', content: [{ type: 'input_image', image_url: url(type, data) }] },
        { type: 'function_call_output', call_id: 'c', output: [{ type: 'input_image', image_url: url(type, data) }] },
      ],
    }),
  ],
  [
    'the Messages API',
    (type, data) => ({
      messages: [
        {
          role: 'user',
          content: [
            {
              type: 'tool_result',
              content: [{ type: 'image', source: { type: 'base64', media_type: type, data } }],
            },
          ],
        },
      ],
    }),
  ],
];

describe.each(BODIES)('images in a request of %s', (_api, bodyOf) => {
  it('are found and replaced', () => {
    const body = bodyOf('image/webp', 'AAAA');
    expect(new Set(imagesIn(body).map(({ type, data }) => `${type} ${data}`))).toEqual(new Set(['image/webp AAAA']));
    expect(withImages(body, () => ({ type: 'image/png', data: 'BBBB' }))).toEqual(bodyOf('image/png', 'BBBB'));
    expect(body).toEqual(bodyOf('image/webp', 'AAAA'));
  });

  it('stay as they are where nothing replaces them', () => {
    const body = bodyOf('image/webp', 'AAAA');
    expect(withImages(body, () => undefined)).toBe(body);
  });
});

it.each([
  { messages: 'text' },
  { messages: [{ content: 'data:image/webp;base64,AAAA' }] },
  { messages: [{ content: [{ type: 'image_url', image_url: { url: 'https://example.org/a.webp' } }] }] },
  { tools: [{ url: 'data:image/webp;base64,AAAA' }] },
  {},
])('no image is in %j', (body) => {
  expect(imagesIn(body)).toEqual([]);
});
