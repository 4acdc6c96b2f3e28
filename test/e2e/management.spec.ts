import { describe, expect, it } from 'vitest';
import { withProxy } from '../support/with-proxy.js';

const setup = withProxy();

describe('POST /api/pull', () => {
  it('streams statuses to success for a served model', async () => {
    const { type, lines } = await setup.ask('/api/pull', { name: 'sim-chat', model: '' });
    expect(type).toBe('application/x-ndjson');
    expect(lines.map(({ status }) => status)).toEqual([
      'pulling manifest',
      'verifying sha256 digest',
      'writing manifest',
      'success',
    ]);
    expect((await setup.ask('/api/pull', { model: 'sim-chat:latest', stream: false })).lines).toEqual([
      { status: 'success' },
    ]);
  });

  it('fails as Ollama does for an unknown model', async () => {
    const streamed = await setup.ask('/api/pull', { model: 'nope' });
    expect([streamed.status, streamed.lines.at(-1)]).toEqual([
      200,
      { error: 'pull model manifest: file does not exist' },
    ]);
    const whole = await setup.ask('/api/pull', { model: 'nope', stream: false });
    expect([whole.status, whole.lines]).toEqual([500, [{ error: 'pull model manifest: file does not exist' }]]);
  });
});

/** A well-formed digest. */
const BLOB = '/api/blobs/sha256:29fdb92e57cf0827ded04ae6461b5931d01fa595843f55d36f5b275a52087dd2';

describe('model management', () => {
  it.each<[string, string, object]>([
    ['POST', '/api/push', { model: 'sim-chat' }],
    ['POST', '/api/create', { model: 'mine', from: 'sim-chat' }],
    ['POST', '/api/copy', { source: 'sim-chat', destination: 'mine' }],
    ['DELETE', '/api/delete', { model: 'sim-chat' }],
    ['POST', BLOB, {}],
  ])('%s %s is refused with an alternative', async (method, path, body) => {
    const { status, lines } = await setup.ask(path, body, { method });
    expect(status).toBe(501);
    expect(lines).toEqual([{ error: expect.stringContaining('not supported by this server') }]);
  });

  it.each<[string, string, object, number, string]>([
    ['POST', '/api/push', {}, 400, 'model is required'],
    ['POST', '/api/create', {}, 400, 'invalid model name'],
    ['POST', '/api/create', { model: 'bad name!', from: 'x' }, 400, 'invalid model name'],
    ['POST', '/api/create', { model: 'x' }, 400, "neither 'from' or 'files' was specified"],
    ['POST', '/api/copy', {}, 400, 'source "" is invalid'],
    ['POST', '/api/copy', { source: 'bad name!', destination: 'x' }, 400, 'source "bad name!" is invalid'],
    ['POST', '/api/copy', { source: 'sim-chat' }, 400, 'destination "" is invalid'],
    ['POST', '/api/copy', { source: 'nope', destination: 'x' }, 404, 'model "nope" not found'],
    ['DELETE', '/api/delete', {}, 400, 'model is required'],
    ['DELETE', '/api/delete', { model: 'bad name!' }, 400, 'name "bad name!" is invalid'],
    ['DELETE', '/api/delete', { name: 'nope' }, 404, "model 'nope' not found"],
    ['POST', '/api/blobs/sha256:1', {}, 400, 'invalid digest format'],
  ])('%s %s words wrong arguments as Ollama: %j', async (method, path, body, status, error) => {
    const seen = await setup.ask(path, body, { method });
    expect([seen.status, seen.lines]).toEqual([status, [{ error }]]);
  });

  it('checks digests', async () => {
    expect((await setup.ask('/api/blobs/sha256:1', undefined, { method: 'HEAD' })).status).toBe(400);
    expect((await setup.ask(BLOB, undefined, { method: 'HEAD' })).status).toBe(404);
  });
});

describe('account and cloud', () => {
  it('answers as a server without a cloud', async () => {
    expect((await setup.ask('/api/status')).lines).toEqual([{ cloud: { disabled: true, source: 'env' } }]);
    expect((await setup.ask('/api/me', '', { method: 'POST' })).status).toBe(503);
    expect((await setup.ask('/api/signout', '', { method: 'POST' })).lines).toEqual([
      { error: 'you are not currently signed in' },
    ]);
    for (const what of ['usage', 'balance']) {
      const { status, lines } = await setup.ask(`/api/${what}`);
      expect([status, lines]).toEqual([403, [{ error: `ollama cloud is disabled: ${what} is unavailable` }]]);
    }
    expect((await setup.ask('/api/experimental/model-recommendations')).lines).toEqual([{ recommendations: [] }]);
    expect((await setup.ask('/api/experimental/web_search', { query: 'x' })).lines).toEqual([
      { error: 'ollama cloud is disabled: web search is unavailable' },
    ]);
  });
});

describe('probes', () => {
  it('report that the process is alive, and the state of the upstream', async () => {
    expect((await setup.ask('/livez')).lines).toEqual([{ status: 'ok' }]);
    const { status, lines } = await setup.ask('/health');
    expect(status).toBe(200);
    expect(lines[0]).toMatchObject({
      status: 'ok',
      details: { upstreams: { status: 'up', upstreams: [{ name: 'default', reachable: true, models: 6 }] } },
    });
  });
});

describe('images', () => {
  it('reach the upstream with the media type of their bytes', async () => {
    const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
    await setup.ask('/api/chat', {
      model: 'sim-vision',
      messages: [{ role: 'user', content: 'What?', images: [png] }],
    });
    expect(setup.lastBody().messages).toEqual([
      {
        role: 'user',
        content: [
          { type: 'text', text: 'What?' },
          { type: 'image_url', image_url: { url: `data:image/png;base64,${png}` } },
        ],
      },
    ]);
    await setup.ask('/api/generate', { model: 'sim-vision', prompt: 'What?', images: [png] });
    expect(JSON.stringify(setup.lastBody())).toContain('data:image/png');
    const bad = await setup.ask('/api/chat', {
      model: 'sim-vision',
      messages: [{ role: 'user', content: 'x', images: ['!!!'] }],
    });
    expect([bad.status, bad.lines]).toEqual([400, [{ error: 'illegal base64 data at input byte 0' }]]);
  });

  it('that look like placeholders are treated as any other text', async () => {
    const forged = `${'A'.repeat(48)}<image 0>`;
    const images = ['A'.repeat(80_000), forged];
    const bad = await setup.ask('/api/chat', {
      model: 'sim-vision',
      messages: [{ role: 'user', content: 'x', images }],
    });
    expect([bad.status, bad.lines]).toEqual([400, [{ error: 'illegal base64 data at input byte 48' }]]);
  });

  it.each(['/api/chat', '/api/generate'])('of megabytes reach the upstream of %s as they are', async (path) => {
    const photo = Buffer.concat([Buffer.from('\x89PNG\r\n', 'latin1'), Buffer.alloc(300_000, 'é')]).toString('base64');
    const song = Buffer.concat([Buffer.from('ID3'), Buffer.alloc(90_000, '+')]).toString('base64');
    const images = [photo, song, photo];
    const { status } = await setup.ask(path, {
      model: 'sim-vision',
      stream: false,
      ...(path === '/api/chat'
        ? { messages: [{ role: 'user', content: 'What? ü', images }] }
        : { prompt: 'What? ü', images }),
    });

    expect(status).toBe(200);
    const { messages } = setup.lastBody() as { messages: { content: object[] }[] };
    const picture = { type: 'image_url', image_url: { url: `data:image/png;base64,${photo}` } };
    expect(messages.at(-1)?.content).toEqual([
      { type: 'text', text: 'What? ü' },
      picture,
      { type: 'input_audio', input_audio: { data: song, format: 'mp3' } },
      picture,
    ]);
  });
});
