import OpenAI, { APIUserAbortError, BadRequestError, NotFoundError } from 'openai';
import type { ResponseInput } from 'openai/resources/responses/responses';
import { beforeAll, describe, expect, it } from 'vitest';
import * as judge from './support.js';

const setup = judge.withJudge();
let client: OpenAI;
beforeAll(() => {
  client = new OpenAI({ baseURL: `${setup.proxy.url}/v1`, apiKey: 'none', maxRetries: 0 });
});

type Body = Omit<OpenAI.Responses.ResponseCreateParamsNonStreaming, 'stream'>;

async function ask(body: Body, isStreamed: boolean): Promise<OpenAI.Responses.Response> {
  return isStreamed ? client.responses.stream(body).finalResponse() : client.responses.create(body);
}
const both = [false, true];

describe('openai responses', () => {
  it.each(both)('gets a text (streamed: %s)', async (isStreamed) => {
    const response = await ask({ model: 'sim-chat', input: judge.SPOKEN }, isStreamed);
    expect(response).toMatchObject({
      object: 'response',
      status: 'completed',
      model: 'sim-chat',
      output_text: judge.TEXT,
    });
    expect(response.usage?.total_tokens).toBeGreaterThan(0);
  });

  it('streams in pieces', async () => {
    const stream = client.responses.stream({ model: 'sim-chat', input: judge.SPOKEN });
    const pieces: string[] = [];
    stream.on('response.output_text.delta', ({ delta }) => void pieces.push(delta));
    await stream.finalResponse();
    judge.expectSpoken(pieces);
  });

  it.each([
    ['one tool', judge.ASK_ONE, 1],
    ['two tools at once', judge.ASK_TWO, 2],
  ])('loops with %s', async (_case, question, count) => {
    for (const isStreamed of both) {
      const { all } = judge.makeTools();
      const tools = all.map(({ name, description, parameters }) => ({
        type: 'function' as const,
        name,
        description,
        parameters,
        strict: false,
      }));
      const input: ResponseInput = [{ role: 'user', content: question }];
      for (;;) {
        const response = await ask({ model: 'sim-chat', input, tools, store: false }, isStreamed);
        const calls = response.output.flatMap((item) => (item.type === 'function_call' ? [item] : []));
        if (calls.length === 0) {
          judge.expectQuoted(response.output_text, ...all.slice(0, count));
          break;
        }
        input.push(...(response.output as ResponseInput));
        for (const { name, call_id, arguments: text } of calls) {
          const { run } = all.find((tool) => tool.name === name)!;
          input.push({ type: 'function_call_output', call_id, output: run(JSON.parse(text)) });
        }
      }
    }
  });

  it.each(both)('gets reasoning and returns it (streamed: %s)', async (isStreamed) => {
    const input = judge.sim({ thinking: 'Deep.', text: 'Done.' });
    const body: Body = {
      model: 'sim-chat',
      input,
      reasoning: { summary: 'auto' },
      include: ['reasoning.encrypted_content'],
    };
    const response = await ask(body, isStreamed);
    expect(response.output).toMatchObject([
      { type: 'reasoning', summary: [{ type: 'summary_text', text: 'Deep.' }] },
      { type: 'message', status: 'completed' },
    ]);
    const again = [...(response.output as ResponseInput), { role: 'user' as const, content: 'Go on.' }];
    expect((await ask({ ...body, input: again }, isStreamed)).status).toBe('completed');
  });

  it('gets structured output', async () => {
    const format = { type: 'json_schema' as const, name: 'person', schema: judge.personSchema, strict: true };
    const { output_text } = await client.responses.create({ model: 'sim-chat', input: 'A person.', text: { format } });
    expect(() => judge.person.parse(JSON.parse(output_text))).not.toThrow();
  });

  it('shows an image', async () => {
    const image = {
      type: 'input_image' as const,
      image_url: `data:image/png;base64,${judge.PNG}`,
      detail: 'auto' as const,
    };
    const input: ResponseInput = [{ role: 'user', content: [image, { type: 'input_text', text: 'What is it?' }] }];
    const { output_text } = await client.responses.create({ model: 'sim-vision', input });
    expect(output_text).toContain(judge.SEEN);
  });

  it.each(both)('continues a stored response, and reads and deletes it (streamed: %s)', async (isStreamed) => {
    const first = await ask({ model: 'sim-chat', input: judge.SPOKEN, instructions: 'Once.' }, isStreamed);
    const next: Body = { model: 'sim-chat', input: 'And then?', previous_response_id: first.id };
    const second = await ask(next, isStreamed);
    expect(second).toMatchObject({ status: 'completed', store: true, previous_response_id: first.id });
    expect(setup.lastBody().messages).toEqual([
      { role: 'user', content: judge.SPOKEN },
      { role: 'assistant', content: judge.TEXT },
      { role: 'user', content: 'And then?' },
    ]);
    expect(await client.responses.retrieve(second.id)).toMatchObject({
      id: second.id,
      output_text: second.output_text,
    });
    const items: string[] = [];
    for await (const item of client.responses.inputItems.list(second.id, { order: 'asc', limit: 1 }))
      items.push(JSON.stringify(item));
    expect(items).toHaveLength(3);
    await client.responses.delete(second.id);
    await expect(client.responses.retrieve(second.id)).rejects.toThrow(NotFoundError);
    await expect(ask({ ...next, previous_response_id: second.id }, isStreamed)).rejects.toMatchObject({
      status: 400,
      code: 'previous_response_not_found',
      param: 'previous_response_id',
    });
    // The one before it can still be continued.
    expect((await ask(next, isStreamed)).status).toBe('completed');
  });

  it('loops with a tool and nothing but the last response', async () => {
    const { all } = judge.makeTools();
    const [{ name, description, parameters, run }] = all as [(typeof all)[number]];
    const tools = [{ type: 'function' as const, name, description, parameters, strict: false }];
    const first = await client.responses.create({ model: 'sim-chat', input: judge.ASK_ONE, tools });
    const call = first.output.find((item) => item.type === 'function_call')!;
    const output = run(JSON.parse(call.arguments));
    const { output_text } = await client.responses.create({
      model: 'sim-chat',
      previous_response_id: first.id,
      input: [{ type: 'function_call_output', call_id: call.call_id, output }],
      tools,
    });
    judge.expectQuoted(output_text, all[0]!);
  });

  it('is not stored unless it may be', async () => {
    const { id, store } = (await client.responses.create({
      model: 'sim-chat',
      input: 'Hi',
      store: false,
    })) as OpenAI.Responses.Response & { store: boolean };
    expect(store).toBe(false);
    await expect(client.responses.retrieve(id)).rejects.toThrow(NotFoundError);
  });

  it('compacts a conversation and continues it', async () => {
    const input: ResponseInput = [
      { role: 'user', content: 'My name is Ada.' },
      { role: 'assistant', content: 'Hello Ada.' },
      { role: 'user', content: judge.sim({ text: 'The user is Ada.' }) },
    ];
    const compacted = await client.responses.compact({ model: 'sim-chat', input });
    expect(compacted.object).toBe('response.compaction');
    expect(compacted.output.map(({ type }) => type)).toEqual(['message', 'message', 'compaction']);
    expect(compacted.usage.total_tokens).toBeGreaterThan(0);
    const again = [...(compacted.output as ResponseInput), { role: 'user' as const, content: 'Who am I?' }];
    await client.responses.create({ model: 'sim-chat', input: again });
    expect(JSON.stringify(setup.lastBody().messages)).toContain('The user is Ada.');
  });

  it.each(both)('learns that the answer is incomplete (streamed: %s)', async (isStreamed) => {
    const response = await ask({ model: 'sim-chat', input: judge.sim({ text: 'Half', finish: 'length' }) }, isStreamed);
    expect(response).toMatchObject({ status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } });
  });

  it.each([
    ['a missing field', { model: '' }, BadRequestError],
    ['an unknown model', { model: 'no-such' }, NotFoundError],
    ['a response that is not stored', { previous_response_id: 'resp_1' }, BadRequestError],
  ])('understands an error: %s', async (_case, fields, kind) => {
    const failure = client.responses.create({ model: 'sim-chat', input: 'Hi', ...fields });
    await expect(failure).rejects.toThrow(kind);
  });

  it('fails when the stream breaks off', async () => {
    await expect(ask({ model: 'sim-chat', input: judge.BROKEN }, true)).rejects.toThrow();
  });

  it('frees the upstream when it leaves', async () => {
    const stream = client.responses.stream({ model: 'sim-chat', input: judge.ENDLESS });
    stream.on('response.output_text.delta', () => {
      stream.abort();
    });
    await expect(stream.finalResponse()).rejects.toThrow(APIUserAbortError);
    expect(await setup.freed()).toBe(true);
  });
});
