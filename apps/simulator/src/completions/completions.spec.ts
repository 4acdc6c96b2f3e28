import { describe, expect, it } from 'vitest';
import { events, send, sendJson, startSimulator } from '../../test/support.js';

const path = '/completions';
const body = { model: 'sim-plain', prompt: 'Once upon a time' };

describe('completions', () => {
  it('continues a prompt, the same in a stream and in JSON', async () => {
    const simulator = await startSimulator();
    const json = await sendJson(simulator, path, body);
    const { text } = await send(simulator, path, { ...body, stream: true, stream_options: { include_usage: true } });
    const streamed = events(text).map((event) => event.choices[0]?.text ?? '');
    expect(json.choices[0].text).toContain('Once upon a time');
    expect(streamed.join('')).toBe(json.choices[0].text);
    expect(events(text).at(-1)?.usage).toEqual(json.usage);
    expect(json.usage.prompt_tokens).toBe(4);
  });

  it('knows a suffix', async () => {
    const simulator = await startSimulator();
    const json = await sendJson(simulator, path, { ...body, suffix: 'the end' });
    expect(json.choices[0].text).toContain('This goes before: the end');
  });

  it('honours limit, stop and script', async () => {
    const simulator = await startSimulator();
    const cut = await sendJson(simulator, path, { ...body, max_tokens: 2, logprobs: 2 });
    expect(cut.choices[0]).toMatchObject({ text: 'After 16', finish_reason: 'length' });
    expect(cut.choices[0].logprobs).toMatchObject({ tokens: ['After', ' 16'], text_offset: [0, 5] });
    const stopped = await sendJson(simulator, path, { ...body, prompt: '@sim {"text":"a b c"}\nHi', stop: ' c' });
    expect(stopped.choices[0]).toMatchObject({ text: 'a b', finish_reason: 'stop' });
  });

  it('is not for embedding models', async () => {
    const simulator = await startSimulator();
    expect((await send(simulator, path, { ...body, model: 'sim-embed' })).status).toBe(404);
  });
});
