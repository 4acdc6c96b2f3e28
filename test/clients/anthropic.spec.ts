import Anthropic, { APIUserAbortError, BadRequestError, NotFoundError } from '@anthropic-ai/sdk';
import { beforeAll, describe, expect, it } from 'vitest';
import * as judge from './support.js';

const setup = judge.withJudge();
let client: Anthropic;
beforeAll(() => {
  client = new Anthropic({ baseURL: setup.proxy.url, apiKey: 'none', maxRetries: 0 });
});

const user = (content: Anthropic.MessageParam['content']): Anthropic.MessageParam => ({ role: 'user', content });
const request = (content: Anthropic.MessageParam['content'], more: object = {}) => ({
  model: 'sim-chat',
  max_tokens: 4000,
  messages: [user(content)],
  ...more,
});
const textOf = ({ content }: Anthropic.Message): string =>
  content.flatMap((block) => (block.type === 'text' ? [block.text] : [])).join('');

describe('@anthropic-ai/sdk', () => {
  it('gets a message', async () => {
    const message = await client.messages.create(request(judge.SPOKEN));
    expect(message).toMatchObject({ type: 'message', role: 'assistant', model: 'sim-chat', stop_reason: 'end_turn' });
    expect(textOf(message)).toBe(judge.TEXT);
    expect(message.usage.input_tokens).toBeGreaterThan(0);
    expect(message.usage.output_tokens).toBeGreaterThan(0);
    expect(message.id).toMatch(/^msg_\w{24}$/);
  });

  it('streams', async () => {
    const stream = client.messages.stream(request(judge.SPOKEN));
    const pieces: string[] = [];
    stream.on('text', (delta) => void pieces.push(delta));
    const message = await stream.finalMessage();
    expect(textOf(message)).toBe(judge.TEXT);
    judge.expectSpoken(pieces);
    expect(message).toMatchObject({ stop_reason: 'end_turn', usage: { output_tokens: expect.any(Number) as number } });
  });

  it.each([
    ['one tool', judge.ASK_ONE, 1],
    ['two tools at once', judge.ASK_TWO, 2],
  ])('loops with %s', async (_case, question, count) => {
    for (const isStreamed of [false, true]) {
      const { all } = judge.makeTools();
      const tools = all.map(({ name, description, parameters }) => ({ name, description, input_schema: parameters }));
      const messages = [user(question)];
      let message = await ask({ messages, tools }, isStreamed);
      while (message.stop_reason === 'tool_use') {
        messages.push({ role: 'assistant', content: message.content });
        const results = message.content.flatMap((block) => {
          if (block.type !== 'tool_use') return [];
          const run = all.find(({ name }) => name === block.name)!.run;
          return [{ type: 'tool_result' as const, tool_use_id: block.id, content: run(block.input) }];
        });
        messages.push(user(results));
        message = await ask({ messages, tools }, isStreamed);
      }
      judge.expectQuoted(textOf(message), ...all.slice(0, count));
    }
  });

  async function ask(fields: object, isStreamed: boolean): Promise<Anthropic.Message> {
    const body = { ...request(''), ...fields };
    return isStreamed ? client.messages.stream(body).finalMessage() : client.messages.create(body);
  }

  it('gets thinking with a signature and returns it', async () => {
    const script = judge.sim({ thinking: 'Deep.', text: 'Done.' });
    for (const isStreamed of [false, true]) {
      const message = await ask({ ...request(script), thinking: { type: 'enabled', budget_tokens: 2000 } }, isStreamed);
      expect(message.content).toMatchObject([
        { type: 'thinking', thinking: 'Deep.' },
        { type: 'text', text: 'Done.' },
      ]);
      expect(message.content[0]).toHaveProperty('signature', expect.stringMatching(/^p1\./));
      const messages = [user('a'), { role: 'assistant' as const, content: message.content }, user('b')];
      expect((await ask({ messages }, isStreamed)).stop_reason).toBe('end_turn');
    }
  });

  it('gets no thinking that it turned off', async () => {
    const script = judge.sim({ thinking: 'Deep.', text: 'Done.' });
    const message = await client.messages.create(request(script, { thinking: { type: 'disabled' } }));
    expect(message.content).toEqual([{ type: 'text', text: 'Done.' }]);
  });

  it('gets structured output', async () => {
    const message = await client.messages.create(
      request('A person.', { output_config: { format: { type: 'json_schema', schema: judge.personSchema } } }),
    );
    expect(() => judge.person.parse(JSON.parse(textOf(message)))).not.toThrow();
  });

  it('shows an image', async () => {
    const source = { type: 'base64' as const, media_type: 'image/png' as const, data: judge.PNG };
    const content = [
      { type: 'image' as const, source },
      { type: 'text' as const, text: 'What is it?' },
    ];
    expect(textOf(await client.messages.create(request(content, { model: 'sim-vision' })))).toContain(judge.SEEN);
  });

  it.each([
    [{ finish: 'length' }, 'max_tokens'],
    [{ finish: 'content_filter' }, 'refusal'],
  ])('learns why it ended: %j', async (script, reason) => {
    const message = await client.messages.stream(request(judge.sim({ text: 'Half', ...script }))).finalMessage();
    expect(message.stop_reason).toBe(reason);
  });

  it('counts tokens', async () => {
    const tools = judge.makeTools().all.map(({ name, parameters }) => ({ name, input_schema: parameters }));
    const plain = await client.messages.countTokens({ model: 'sim-chat', messages: [user('Hello')] });
    const more = await client.messages.countTokens({ model: 'sim-chat', messages: [user('Hello')], tools });
    expect(plain.input_tokens).toBeGreaterThan(0);
    expect(more.input_tokens).toBeGreaterThan(plain.input_tokens);
  });

  it.each([
    ['a missing field', { max_tokens: 0 }, BadRequestError, 'invalid_request_error'],
    ['an unknown model', { model: 'no-such' }, NotFoundError, 'not_found_error'],
  ])('understands an error: %s', async (_case, fields, kind, type) => {
    const failure: unknown = await client.messages.create(request('Hi', fields)).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(kind);
    expect(failure).toMatchObject({ error: { type: 'error', error: { type } } });
  });

  it('fails when the stream breaks off', async () => {
    const stream = client.messages.stream(request(judge.BROKEN));
    await expect(stream.finalMessage()).rejects.toThrow(/Lost the GPU/);
  });

  it('frees the upstream when it leaves', async () => {
    const stream = client.messages.stream(request(judge.ENDLESS));
    stream.on('text', () => {
      stream.abort();
    });
    await expect(stream.finalMessage()).rejects.toThrow(APIUserAbortError);
    expect(await setup.freed()).toBe(true);
  });
});
