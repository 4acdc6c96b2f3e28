import { describe, expect, it } from 'vitest';
import { addToCall, addToForwarded } from './merge.js';
import type { Additions } from './virtual-model.js';

const NOTHING: Additions = {
  system: '',
  template: '',
  parameters: {},
  messages: [],
  licenses: [],
  capabilities: undefined,
};
const pirate: Additions = {
  ...NOTHING,
  system: 'Be a pirate.',
  parameters: { temperature: 0.1, num_predict: 50, stop: ['X'] },
  messages: [
    { role: 'user', content: 'Ahoy' },
    { role: 'assistant', content: 'Arr' },
  ],
};
const SEEDS = [
  { role: 'user', content: 'Ahoy' },
  { role: 'assistant', content: 'Arr' },
];
const SYSTEM = { role: 'system', content: 'Be a pirate.' };
const hi = { role: 'user' as const, content: 'Hi' };
const same = (defaults: Record<string, unknown>): Record<string, unknown> => defaults;

function chat(body: object, model = pirate) {
  return addToCall({ path: '/chat/completions', body: { messages: [hi], ...body } }, model);
}

describe('what a virtual model adds to a neutral request', () => {
  it('are its system prompt, its messages and its parameters', () => {
    const { path, body } = chat({});
    expect(path).toBe('/chat/completions');
    expect(body).toEqual({ messages: [SYSTEM, ...SEEDS, hi], temperature: 0.1, max_tokens: 50, stop: ['X'] });
  });

  it.each([
    [{ temperature: 0 }, { temperature: 0, max_tokens: 50 }],
    [{ temperature: null }, { max_tokens: 50 }],
    [{ max_tokens: 5 }, { max_tokens: 5 }],
    [{ max_completion_tokens: 5 }, { max_completion_tokens: 5, max_tokens: undefined }],
    [{ stop: [] }, { stop: [] }],
  ])('never replaces what the client has set: %j', (body, expected) => {
    const made = chat(body).body as Record<string, unknown>;
    for (const [name, value] of Object.entries(expected)) expect(made[name], name).toEqual(value);
  });

  it('leaves the system prompt of the client in its place', () => {
    const own = { role: 'system', content: 'Be kind.' };
    expect(chat({ messages: [own, hi] }).body.messages).toEqual([own, ...SEEDS, hi]);
    const developer = { role: 'developer', content: 'Be kind.' };
    expect(chat({ messages: [developer, hi] }).body.messages).toEqual([developer, ...SEEDS, hi]);
  });

  it('makes one prompt where the model has a template and the conversation is text', () => {
    const model = { ...pirate, template: '[{{ .System }}|{{ .Prompt }}]{{ .Response }}' };
    const { path, body } = chat({ logprobs: true, top_logprobs: 2 }, model);
    expect(path).toBe('/completions');
    expect(body).toMatchObject({ prompt: '[Be a pirate.|Ahoy]Arr[|Hi]', temperature: 0.1, logprobs: 2 });
    expect(body).not.toHaveProperty('messages');
    const image = { role: 'user', content: [{ type: 'image_url', image_url: { url: 'data:,' } }] };
    for (const beyond of [{ tools: [{}] }, { response_format: { type: 'json_object' } }, { messages: [image] }]) {
      expect(chat(beyond, model).path).toBe('/chat/completions');
    }
  });

  it('is nothing but parameters for a prompt, and nothing at all elsewhere', () => {
    const prompt = addToCall({ path: '/completions', body: { prompt: 'Once' } }, pirate);
    expect(prompt.body).toEqual({ prompt: 'Once', temperature: 0.1, max_tokens: 50, stop: ['X'] });
    const call = { path: '/embeddings', body: {} };
    expect(addToCall(call, pirate)).toEqual(call);
  });

  it('does not change the request it is added to', () => {
    const body = Object.freeze({ messages: Object.freeze([hi]) });
    addToCall({ path: '/chat/completions', body }, pirate);
    expect(body).toEqual({ messages: [hi] });
  });
});

describe('what a virtual model adds to a forwarded request', () => {
  it.each([
    ['/chat/completions', { messages: [hi] }, { messages: [SYSTEM, ...SEEDS, hi], temperature: 0.1, max_tokens: 50 }],
    ['/completions', { prompt: 'Once' }, { prompt: 'Be a pirate.\n\nAhoy\n\nArr\n\nOnce', max_tokens: 50 }],
    ['/completions', { prompt: 'Once', suffix: 'end' }, { prompt: 'Once' }],
    [
      '/messages',
      { messages: [hi], max_tokens: 9 },
      { messages: [...SEEDS, hi], system: 'Be a pirate.', max_tokens: 9, stop_sequences: ['X'] },
    ],
    ['/messages', { messages: [hi], system: 'Be kind.' }, { system: 'Be kind.' }],
    [
      '/responses',
      { input: 'Hi' },
      { input: [...SEEDS, hi], instructions: 'Be a pirate.', max_output_tokens: 50, temperature: 0.1 },
    ],
    ['/responses', { input: 'Hi', instructions: 'Be kind.' }, { instructions: 'Be kind.' }],
    ['/responses', { input: 'Hi', max_output_tokens: 5 }, { max_output_tokens: 5 }],
  ])('%s %j', (path, body, expected) => {
    expect(addToForwarded(path, body, pirate, same)).toMatchObject({ path, body: expected });
  });

  it('has no second system prompt beside one in the input', () => {
    const input = [{ role: 'developer', content: 'Be kind.' }, hi];
    expect(addToForwarded('/responses', { input }, pirate, same).body).not.toHaveProperty('instructions');
  });

  const TEMPLATE = '[{{ .System }}|{{ .Prompt }}]{{ .Response }}';
  const templated = { ...pirate, template: TEMPLATE };
  const parts = [
    {
      role: 'user',
      content: [
        { type: 'text', text: 'H' },
        { type: 'text', text: 'i' },
      ],
    },
  ];

  it.each([{}, { messages: parts }, { tools: [], tool_choice: 'auto', response_format: { type: 'text' } }])(
    'makes one prompt of a chat of texts where the model has a template: %j',
    (more) => {
      const chat = { messages: [hi], stream: true, max_completion_tokens: 5, logprobs: true, ...more };
      expect(addToForwarded('/chat/completions', chat, templated, same)).toEqual({
        chat: { temperature: 0.1, stop: ['X'], ...chat, messages: [SYSTEM, ...SEEDS, ...chat.messages] },
        path: '/completions',
        body: {
          stream: true,
          temperature: 0.1,
          stop: ['X'],
          max_tokens: 5,
          logprobs: 1,
          prompt: '[Be a pirate.|Ahoy]Arr[|Hi]',
        },
      });
    },
  );

  it.each([
    { tools: [{ type: 'function' }] },
    { functions: [{ name: 'f' }] },
    { response_format: { type: 'json_object' } },
    { modalities: ['text', 'audio'] },
    { messages: [{ role: 'user', content: [{ type: 'image_url' }] }] },
    { messages: [{ role: 'tool', content: 'x' }] },
  ])('leaves a chat beyond texts to the template of the upstream: %j', (more) => {
    expect(addToForwarded('/chat/completions', { messages: [hi], ...more }, templated, same).path).toBe(
      '/chat/completions',
    );
  });

  it.each([{ previous_response_id: 'resp_1' }, { conversation: 'conv_1' }])(
    'has no stored messages again in a conversation that goes on: %j',
    (more) => {
      const added = addToForwarded('/responses', { input: [hi], ...more }, pirate, same);
      expect(added.body).toMatchObject({ input: [hi], instructions: 'Be a pirate.' });
    },
  );

  it('is nothing for a model that adds nothing', () => {
    for (const path of ['/chat/completions', '/completions', '/messages', '/responses', '/other']) {
      const body = { messages: [hi], prompt: 'p', input: 'i' };
      expect(addToForwarded(path, body, NOTHING, same)).toEqual({ path, body });
    }
  });
});
