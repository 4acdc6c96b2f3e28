import { describe, expect, it } from 'vitest';
import { withProxy } from '../support/with-proxy.js';
import * as is from './decoders.js';
import { decodeLines, decodeWhole } from './support.js';

const setup = withProxy({ dialect: 'strictest' });

const show = is.struct({
  capabilities: is.list(is.string),
  model_info: is.mapOf(is.anything),
  details: is.mapOf(is.anything),
});
const line = is.struct({
  model: is.string,
  created_at: is.string,
  message: is.struct({
    role: is.oneOf('assistant'),
    content: is.string,
    tool_calls: is.optional(is.list(is.toolCall)),
  }),
  done: is.boolean,
});

/** Its own words for tools: those it runs itself, and those its servers run, which have a name only. */
const tools = [
  { type: 'local_tool', function: { name: 'calendar-events', description: 'Reads the calendar.', parameters: {} } },
  {
    type: 'local_tool',
    function: {
      name: 'notes-search',
      description: 'Searches notes.',
      parameters: { type: 'object', properties: { query: { type: 'string' } }, required: ['query'] },
    },
  },
  { type: 'remote_tool', name: 'search_web' },
];

describe('Raycast AI', () => {
  it('syncs the models with tags and a show for each', async () => {
    const { models } = decodeWhole(
      await setup.ask('/api/tags'),
      is.struct({ models: is.list(is.struct({ name: is.string })) }),
    );
    const shown = await Promise.all(
      models.map(async ({ name }) => decodeWhole(await setup.ask('/api/show', { model: name }), show)),
    );
    expect(shown.filter(({ capabilities }) => capabilities.includes('tools'))).not.toHaveLength(0);
  });

  it('sends its own types of tools and matches results by order', async () => {
    const user = { role: 'user', content: 'What is planned?' };
    setup.simulator.next({ toolCalls: 2 });
    const request = { model: 'sim-chat:latest', stream: true, tools };
    const first = decodeLines(await setup.ask('/api/chat', { ...request, messages: [user] }), line);
    const sent = setup.lastBody().tools as { type: string; function: { name: string; parameters: object } }[];
    expect(sent.map((each) => [each.type, each.function.name])).toEqual([
      ['function', 'calendar-events'],
      ['function', 'notes-search'],
    ]);
    expect(sent[0]?.function.parameters).toEqual({ type: 'object', properties: {} });

    const calls = first.flatMap(({ message }) => message.tool_calls ?? []);
    expect(calls).toHaveLength(2);
    const messages = [
      user,
      { role: 'assistant', content: '', tool_calls: calls },
      { role: 'tool', content: 'a meeting' },
      { role: 'tool', content: 'a note' },
    ];
    const second = decodeLines(await setup.ask('/api/chat', { ...request, messages }), line);
    expect(second.map(({ message }) => message.content).join('')).toMatch(/a meeting.*a note/);
  });
});
