import { describe, expect, it } from 'vitest';
import { withProxy } from '../support/with-proxy.js';
import * as is from './decoders.js';
import { decodeLines, decodeWhole } from './support.js';

const setup = withProxy({ dialect: 'strictest' });

const show = is.struct({ capabilities: is.list(is.string), model_info: is.mapOf(is.anything) });
const line = is.struct({
  message: is.struct({ content: is.string, tool_calls: is.optional(is.list(is.anything)) }),
  prompt_eval_count: is.optional(is.number),
  eval_count: is.optional(is.number),
  eval_duration: is.optional(is.positive),
});

describe('AnythingLLM', () => {
  it('reads every context window; one failure would empty the list', async () => {
    expect((await setup.ask('/')).status).toBe(200);
    const { models } = decodeWhole(
      await setup.ask('/api/tags'),
      is.struct({ models: is.list(is.struct({ name: is.string })) }),
    );
    const windows = await Promise.all(
      models.map(async ({ name }) => {
        const { model_info: info } = decodeWhole(await setup.ask('/api/show', { model: name }), show);
        const key = Object.keys(info).find((each) => each.endsWith('.context_length'));
        return is.number(info[key ?? ''], name);
      }),
    );
    expect(windows.every((window) => window > 0)).toBe(true);
  });

  it('computes a speed and ignores the text of the last line', async () => {
    const messages = [
      { role: 'system', content: 'Answer from the documents.' },
      { role: 'user', content: 'What is in them?', images: [] },
    ];
    const seen = await setup.ask('/api/chat', {
      model: 'sim-chat:latest',
      stream: true,
      messages,
      keep_alive: '5m',
      options: { temperature: 0.7, num_ctx: 4096, use_mlock: true },
    });
    const lines = decodeLines(seen, line);
    const last = lines.at(-1);
    expect(last?.message.content).toBe('');
    expect(lines.map(({ message }) => message.content).join('')).toContain('What is in them?');
    const perSecond = (last?.eval_count ?? NaN) / ((last?.eval_duration ?? NaN) / 1e9);
    expect(Number.isFinite(perSecond) && perSecond > 0).toBe(true);
  });

  it('matches tool results by their order', async () => {
    const calls = [{ function: { name: 'search', arguments: { query: 'a' } } }];
    const messages = [
      { role: 'user', content: 'Search.' },
      { role: 'assistant', content: '', tool_calls: calls },
      { role: 'tool', content: 'nothing found' },
    ];
    const body = { model: 'sim-chat:latest', stream: false, messages, tools: [] };
    const { message } = decodeWhole(await setup.ask('/api/chat', body), line);
    expect(message.content).toContain('The tool search says: "nothing found"');
  });
});
