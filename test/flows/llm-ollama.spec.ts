import { describe, expect, it } from 'vitest';
import { withProxy } from '../support/with-proxy.js';
import { pythonChat, pythonEmbed, pythonList, pythonShow } from './ollama-python.js';
import { decodeLines, decodeWhole, tool } from './support.js';

const setup = withProxy({ dialect: 'strictest' });

describe('llm-ollama', () => {
  it('groups names by digest and caches capabilities by it', async () => {
    const { models } = decodeWhole(await setup.ask('/api/tags'), pythonList);
    const groups = new Map(models.map((each) => [each.digest?.slice(0, 12), each.model]));
    expect(groups.size, 'models with one digest would be one model').toBe(models.length);
    const abilities = new Map<string, readonly string[]>();
    for (const name of groups.values()) {
      const shown = decodeWhole(await setup.ask('/api/show', { model: name }), pythonShow);
      abilities.set(name ?? '', shown.capabilities ?? []);
    }
    expect(abilities.get('sim-chat:latest')).toEqual(expect.arrayContaining(['completion', 'tools']));
    expect(abilities.get('sim-embed:latest')).toEqual(['embedding']);
  });

  it('prompts, and continues after tools without the calls', async () => {
    const user = { role: 'user', content: 'What time is it?' };
    const request = { model: 'sim-chat:latest', stream: true, options: {}, tools: [tool('clock')] };
    const first = decodeLines(await setup.ask('/api/chat', { ...request, messages: [user] }), pythonChat);
    expect(first.flatMap(({ message }) => message.tool_calls ?? [])).toHaveLength(1);
    const messages = [user, { role: 'assistant', content: '' }, { role: 'tool', content: 'noon', tool_name: 'clock' }];
    const second = decodeLines(await setup.ask('/api/chat', { ...request, messages }), pythonChat);
    expect(second.map(({ message }) => message.content ?? '').join('')).toContain('The tool clock says: "noon"');
    expect(second.at(-1)).toMatchObject({ done: true, done_reason: 'stop' });
  });

  it('embeds', async () => {
    const seen = await setup.ask('/api/embed', { model: 'sim-embed:latest', input: ['one', 'two'] });
    expect(decodeWhole(seen, pythonEmbed).embeddings).toHaveLength(2);
  });
});
