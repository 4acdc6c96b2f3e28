import type { Genkit } from 'genkit';
import { genkit, z } from 'genkit';
import { ollama } from 'genkitx-ollama';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Tool } from './support.js';
import * as judge from './support.js';

const setup = judge.withJudge();

const MODELS = [
  { name: 'sim-chat', supports: { tools: true } },
  { name: 'sim-vision' },
  { name: 'sim-reason' },
  { name: 'sim-plain', type: 'generate' as const },
  { name: 'nope' },
];

let ai: Genkit;
beforeAll(() => {
  const { url } = setup.proxy;
  const embedders = [{ name: 'sim-embed', dimensions: 64 }];
  ai = genkit({ plugins: [ollama({ serverAddress: url, models: MODELS, embedders })] });
});

const model = (name = 'sim-chat') => `ollama/${name}`;
const toAction = ({ name, description, parameters, run }: Tool) =>
  ai.dynamicTool({ name, description, inputJsonSchema: parameters, outputSchema: z.string() }, (input) =>
    Promise.resolve(run(input)),
  );

/** A stream; what fails shows in its pieces, so that nobody has to ask for the whole. */
function open(request: Parameters<Genkit['generateStream']>[0] & object) {
  const { stream, response } = ai.generateStream(request);
  response.catch(() => undefined);
  return { pieces: judge.collect(stream), response };
}

/** The texts of a stream, and that of the whole. */
async function read(name: string, prompt: string) {
  const { pieces, response } = open({ model: model(name), prompt });
  return { parts: (await pieces).map(({ text }) => text), text: (await response).text };
}

describe('genkit with genkitx-ollama', () => {
  it('generates', async () => {
    expect((await ai.generate({ model: model(), prompt: judge.SPOKEN })).text).toBe(judge.TEXT);
  });

  /**
   * It takes each read from the network for one JSON object, so that lines must not arrive together. Here it shares a
   * thread with the proxy, and now and then reads late; where lines are not kept apart, it fails every time.
   */
  describe('streams', { retry: 10 }, () => {
    it.each([0, 1, 4])('with %i ms between tokens', async (tokenDelayMs) => {
      const { parts, text } = await read('sim-chat', judge.sim({ text: judge.TEXT, tokenDelayMs }));
      expect([parts.join(''), text]).toEqual([judge.TEXT, judge.TEXT]);
      if (tokenDelayMs > 1) judge.expectSpoken(parts);
    });

    it('of prompts', async () => {
      const { parts, text } = await read('sim-plain', judge.sim({ text: 'Grüße 🙂 fin.', tokenDelayMs: 5 }));
      expect([parts, text]).toEqual([['Grüße', ' 🙂', ' fin.', ''], 'Grüße 🙂 fin.']);
    });

    it('and reports errors', async () => {
      const { pieces, response } = open({ model: model(), prompt: judge.BROKEN });
      await expect(pieces).rejects.toThrow('Lost the GPU');
      await expect(response).rejects.toThrow('Lost the GPU');
    });

    // It makes a message from the texts alone: calls are in the pieces only.
    it('and loses tool calls', async () => {
      const { all } = judge.makeTools();
      const { pieces, response } = open({ model: model(), prompt: judge.ASK_TWO, tools: all.map(toAction) });
      expect((await pieces).flatMap(({ toolRequests }) => toolRequests)).toMatchObject([
        { toolRequest: { name: 'get_weather', input: { city: expect.any(String) } } },
        { toolRequest: { name: 'get_time', input: { zone: expect.any(String) } } },
      ]);
      expect((await response).text).toBe('undefined');
    });
  });

  it.each([
    ['one tool', judge.ASK_ONE, 1],
    ['two tools at once', judge.ASK_TWO, 2],
  ])('loops with %s', async (_name, prompt, count) => {
    const { all } = judge.makeTools();
    const response = await ai.generate({ model: model(), prompt, tools: all.map(toAction) });
    judge.expectQuoted(response.text, ...all.slice(0, count));
    expect(response.messages.map(({ role }) => role)).toEqual(['user', 'model', 'tool', 'model']);
  });

  // It asks for a form in words, never by `format`.
  it('reads an object out of the text', async () => {
    const schema = z.object({ name: z.string(), tags: z.array(z.string()) }).strict();
    const expected = { name: 'Jürgen 🙂', tags: ['a', 'b'] };
    const prompt = judge.sim({ text: JSON.stringify(expected, undefined, 2) });
    expect((await ai.generate({ model: model(), prompt, output: { schema } })).output).toEqual(expected);
  });

  it('keeps thinking out of the text', async () => {
    expect((await ai.generate({ model: model('sim-reason'), prompt: 'Why?' })).text).toMatch(/^I read/);
  });

  it('sends images', async () => {
    const prompt = [{ text: 'What is it?' }, { media: { url: `data:image/png;base64,${judge.PNG}` } }];
    expect((await ai.generate({ model: model('sim-vision'), prompt })).text).toContain(judge.SEEN);
  });

  it('completes prompts', async () => {
    const request = { model: model('sim-plain'), system: 'Be brief.', prompt: 'Hello' };
    expect((await ai.generate(request)).text).toMatch(/^I read 2 messages .*You said: "Hello"/);
  });

  it('embeds', async () => {
    const vectors = await ai.embedMany({ embedder: model('sim-embed'), content: ['one', 'two', 'three'] });
    judge.expectUnitVectors(
      vectors.map(({ embedding }) => embedding),
      3,
    );
  });

  it('lists the models that chat', async () => {
    const names = Object.keys(await ai.registry.listResolvableActions());
    expect(names).toContain('/model/ollama/sim-chat:latest');
    expect(names).not.toContain('/model/ollama/sim-embed:latest');
  });

  it('reports errors', async () => {
    await expect(ai.generate({ model: model('nope'), prompt: 'x' })).rejects.toThrow("model 'nope' not found");
  });
});
