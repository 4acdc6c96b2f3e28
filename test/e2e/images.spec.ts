import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import type { Answer, ScriptedUpstream, UpstreamCall } from '../support/scripted-upstream.js';
import { chatAnswer, withUpstream } from '../support/scripted-upstream.js';

const SIDE = 300;
const noise = Buffer.from(Uint8Array.from({ length: SIDE * SIDE * 3 }, (_, at) => (at * at * 31 + at * 7) % 251));
const picture = sharp(noise, { raw: { width: SIDE, height: SIDE, channels: 3 } });
const png = (await picture.clone().png().toBuffer()).toString('base64');
/** So long that it is cut out of a body of the Ollama API before that is parsed. */
const webp = (await picture.clone().webp({ lossless: true }).toBuffer()).toString('base64');
const SMALL = 'UklGRiIAAABXRUJQVlA4IBYAAAAwAQCdASoBAAEADsD+JaQAA3AAAAAA';
const BROKEN = `${SMALL.slice(0, 24)}AAAAAAAA`;

const REJECTION = { error: { message: 'Failed to load image or audio file', type: 'invalid_request_error' } };
const QUESTION = 'What is it?';

const hasWebp = (body: unknown): boolean => JSON.stringify(body).includes('image/webp');

/** An upstream of chat completions alone that cannot read WebP. */
const chatOnly = ({ path, body }: UpstreamCall): Answer => {
  if (!path.endsWith('/chat/completions')) return [404, { error: { message: 'no such path' } }];
  return hasWebp(body) ? [400, REJECTION] : chatAnswer('A square.');
};

/** An upstream with the APIs of agents that cannot read WebP. */
const native = ({ path, body }: UpstreamCall): Answer => {
  if (hasWebp(body)) return [400, REJECTION];
  return path.includes('/messages')
    ? { type: 'message', role: 'assistant', content: [{ type: 'text', text: 'A square.' }], stop_reason: 'end_turn' }
    : { object: 'response', status: 'completed', output: [] };
};

const urlOf = (data: string): string => `data:image/webp;base64,${data}`;
const source = (data: string): object => ({ type: 'base64', media_type: 'image/webp', data });

const REQUESTS: readonly (readonly [string, (data: string) => object])[] = [
  ['/api/chat', (data) => ({ stream: false, messages: [{ role: 'user', content: QUESTION, images: [data] }] })],
  ['/api/generate', (data) => ({ stream: false, prompt: QUESTION, images: [data] })],
  [
    '/v1/chat/completions',
    (data) => ({ messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: urlOf(data) } }] }] }),
  ],
  [
    '/v1/messages?beta=true',
    (data) => ({
      max_tokens: 100,
      messages: [
        {
          role: 'user',
          content: [
            { type: 'image', source: source(data) },
            { type: 'text', text: QUESTION },
          ],
        },
      ],
    }),
  ],
  [
    '/v1/responses',
    (data) => ({ input: [{ role: 'user', content: [{ type: 'input_image', image_url: urlOf(data) }] }] }),
  ],
];

/** Width × height of the JPEGs in the last call. */
function sentJpegs({ calls }: ScriptedUpstream): string[] {
  const images = JSON.stringify(calls.at(-1)?.body).match(/(?<=base64,|"data":")[A-Za-z0-9+/=]{40,}/g) ?? [];
  return images.map((image) => {
    const bytes = Buffer.from(image, 'base64');
    const header = [0xc0, 0xc2].map((kind) => bytes.indexOf(Buffer.of(0xff, kind))).find((at) => at > 0) ?? 0;
    return `${bytes.readUInt16BE(header + 7)} × ${bytes.readUInt16BE(header + 5)}`;
  });
}

describe.each([
  ['chat completions alone', chatOnly, REQUESTS],
  ['the APIs of agents', native, REQUESTS.slice(3)],
] as const)('an upstream with %s that cannot read WebP', (_upstream, answer, requests) => {
  it.each(requests)('gets JPEG for %s, from the second request on at once', async (path, bodyOf) => {
    const upstream = await withUpstream(answer);
    for (const [data, size] of [
      [SMALL, '1 × 1'],
      [webp, '300 × 300'],
      [webp, '300 × 300'],
    ] as const) {
      const before = upstream.calls.length;
      const { status, text } = await upstream.ask(path, { model: 'm', ...bodyOf(data) });
      expect(status, text).toBe(200);
      expect(sentJpegs(upstream)).toEqual([size]);
      if (before > 0) expect(upstream.calls.length - before).toBe(1);
    }
    const shown = await upstream.ask('/api/show', { model: 'm', verbose: true });
    expect(shown.text).toContain('convert-images: image/webp (expires in ');
  });
});

describe('an image in a format that the upstream cannot read', () => {
  const chat = (upstream: ScriptedUpstream, images: string[]) =>
    upstream.ask('/api/chat', { model: 'm', stream: false, messages: [{ role: 'user', content: QUESTION, images }] });

  it('is converted beside others, which stay as they are', async () => {
    const upstream = await withUpstream(chatOnly);
    expect((await chat(upstream, [png, webp])).status).toBe(200);
    const text = JSON.stringify(upstream.calls.at(-1)?.body);
    expect(text).toContain(`data:image/png;base64,${png}`);
    expect(text).toContain('data:image/jpeg;base64,');
  });

  it.each([
    ['/api/chat', (images: string[]) => ({ stream: false, messages: [{ role: 'user', content: QUESTION, images }] })],
    [
      '/v1/messages',
      (images: string[]) => ({
        max_tokens: 100,
        messages: [{ role: 'user', content: images.map((data) => ({ type: 'image', source: source(data) })) }],
      }),
    ],
  ] as const)('is an error of %s where there are too many', async (path, bodyOf) => {
    const upstream = await withUpstream(chatOnly);
    const images = Array.from({ length: 101 }, (_, at) =>
      Buffer.concat([Buffer.from(SMALL, 'base64'), Buffer.of(at)]).toString('base64'),
    );
    const { status, text } = await upstream.ask(path, { model: 'm', ...bodyOf(images) });
    const message = 'the upstream needs PNG or JPEG: at most 100 images of a request are converted';
    expect(status, text).toBe(400);
    expect(JSON.parse(text)).toMatchObject({
      error: path === '/api/chat' ? message : { type: 'invalid_request_error', message },
    });
    expect(JSON.stringify(upstream.calls)).not.toContain('image/jpeg');
  });

  it('is an error with its type where it cannot be converted', async () => {
    const upstream = await withUpstream(chatOnly);
    const { status, lines } = await chat(upstream, [BROKEN]);
    expect([status, lines[0]?.error]).toEqual([
      400,
      'the upstream cannot read image/webp images, send PNG or JPEG: Failed to load image or audio file',
    ]);
  });

  it.each([
    'Unsupported image format. Supported formats: png, jpeg',
    'Invalid image data: cannot identify image file',
    "messages.0.content.0: media type 'image/webp' is not accepted",
    'cannot decode the picture',
  ])('is converted after: %s', async (message) => {
    const upstream = await withUpstream(({ body }) =>
      hasWebp(body) ? [422, { error: { message } }] : chatAnswer('A square.'),
    );
    expect((await chat(upstream, [webp])).status).toBe(200);
    expect(upstream.calls).toHaveLength(2);
  });

  it.each(['image input is not supported', 'This model does not support images', 'Invalid value for temperature'])(
    'is not converted after: %s',
    async (message) => {
      const upstream = await withUpstream(() => [400, { error: { message } }]);
      const { lines } = await chat(upstream, [webp]);
      expect(lines[0]?.error).toBe(message);
      expect(upstream.calls).toHaveLength(1);
    },
  );
});
