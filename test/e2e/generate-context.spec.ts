import { describe, expect, it } from 'vitest';
import { withProxy } from '../support/with-proxy.js';

const setup = withProxy();

const generate = (body: object) => setup.ask('/api/generate', { model: 'sim-chat', stream: false, ...body });

describe('`context` of /api/generate', () => {
  it('continues the conversation, system prompt included', async () => {
    const first = await generate({ prompt: '@sim {"text":"Blau, 日本 🙂."}\nA colour?', system: 'Be brief.' });
    const context = first.lines[0]?.context as number[];
    expect(context.every((each) => Number.isInteger(each) && each >= 0)).toBe(true);
    await generate({ prompt: 'And another?', context });
    expect(setup.lastBody().messages).toEqual([
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: '@sim {"text":"Blau, 日本 🙂."}\nA colour?' },
      { role: 'assistant', content: 'Blau, 日本 🙂.' },
      { role: 'user', content: 'And another?' },
    ]);
  });

  it('is on the last line of a stream, and an empty list on the others', async () => {
    const { lines } = await setup.ask('/api/generate', { model: 'sim-chat', prompt: 'hi' });
    expect(lines.slice(0, -1).every(({ context }) => Array.isArray(context) && context.length === 0)).toBe(true);
    expect((lines.at(-1)?.context as number[]).length).toBeGreaterThan(3);
  });

  it('is absent for raw prompts', async () => {
    expect((await generate({ prompt: 'x', raw: true })).lines[0]).not.toHaveProperty('context');
  });

  it.each([[[1, 2, 3]], [[128006, 882, 128007]], [[5198897, 4, 1, -1]]])(
    'refuses %j, which is not its own',
    async (context) => {
      const { status, lines } = await generate({ prompt: 'x', context });
      expect([status, lines[0]?.error]).toEqual([400, expect.stringContaining('invalid context')]);
    },
  );

  it('refuses a damaged context', async () => {
    const context = (await generate({ prompt: 'hello' })).lines[0]?.context as number[];
    const damaged = context.map((each, index) => (index === context.length - 2 ? each ^ 1 : each));
    expect((await generate({ prompt: 'x', context: damaged })).status).toBe(400);
    expect((await generate({ prompt: 'x', context: context.slice(0, -1) })).status).toBe(400);
  });

  it('is bounded: the oldest turns are dropped', async () => {
    let context: number[] | undefined;
    for (let turn = 0; turn < 8; turn += 1) {
      const { lines } = await generate({
        prompt: `${'long '.repeat(2000)} ${String(turn)}`,
        ...(context && { context }),
        system: 'Keep me.',
      });
      context = lines[0]?.context as number[];
    }
    expect(context!.length).toBeLessThan(17_000);
    await generate({ prompt: 'end', context });
    const messages = setup.lastBody().messages as { role: string; content: string }[];
    expect(messages[0]).toEqual({ role: 'system', content: 'Keep me.' });
    expect(messages.some(({ content }) => content.endsWith(' 7'))).toBe(true);
    expect(messages.some(({ content }) => content.endsWith(' 0'))).toBe(false);
  });
});

describe('`template` of /api/generate', () => {
  it('is filled in and sent as a plain prompt', async () => {
    await generate({
      prompt: 'hi',
      system: 'Be brief.',
      template: '{{ if .System }}[{{ .System }}] {{ end }}User: {{ .Prompt }}{{- /* no more */ -}}',
    });
    expect(setup.lastBody()).toMatchObject({ prompt: '[Be brief.] User: hi' });
    await generate({
      prompt: 'hi',
      template: '{{ if .System }}[{{ .System }}]{{ else }}(none) {{ end }}{{ .Prompt }}',
    });
    expect(setup.lastBody()).toMatchObject({ prompt: '(none) hi' });
  });

  it.each(['{{ range .Messages }}x{{ end }}', '{{ .Unknown }}'])('refuses %s', async (template) => {
    const { status, lines } = await generate({ prompt: 'hi', template });
    expect([status, lines[0]?.error]).toEqual([400, expect.stringContaining('template')]);
  });

  it.each([
    ['{{ if .System }}', 'template: :1: unexpected EOF'],
    ['{{ .Prompt', 'template: :1: unclosed action'],
  ])('fails as in Ollama for %s', async (template, text) => {
    const { status, lines } = await generate({ prompt: 'hi', template });
    expect([status, lines[0]?.error]).toEqual([500, text]);
  });
});
