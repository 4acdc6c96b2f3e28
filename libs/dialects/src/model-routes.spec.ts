import { describe, expect, it } from 'vitest';
import { MODEL_ROUTES } from './model-routes.js';

/** The path that a list with this entry leads to. */
function pathFor(entry: Readonly<Record<string, unknown>>): string | undefined {
  return MODEL_ROUTES.find(({ isSuggestedBy }) => isSuggestedBy(entry))?.path;
}

function fieldsAt(path: string, id: string, body: unknown): unknown {
  return MODEL_ROUTES.find((route) => route.path === path)?.fieldsOf({ id }, body);
}

describe('MODEL_ROUTES', () => {
  it.each([
    [{ id: 'm', object: 'model', created: 1, owned_by: 'llamacpp' }, '/../props'],
    [{ id: 'm', owned_by: 'llamacpp', meta: {} }, '/../props'],
    [{ id: 'm', object: 'model', created: 1, owned_by: 'openai' }, '/model/info'],
    [{ id: 'm' }, '/model/info'],
    [{ id: 'm', max_model_len: 8192 }, undefined],
  ])('chooses by the entry %j', (entry, path) => {
    expect(pathFor(entry)).toBe(path);
  });

  it.each([
    [
      { modalities: { vision: true, audio: false }, chat_template: '{% if tools %}<think>' },
      { supports_vision: true, supports_audio_input: false, supports_tools: true, supports_reasoning: true },
    ],
    [
      { chat_template: 'tools', chat_template_caps: { supports_tools: false } },
      { supports_tools: false, supports_reasoning: false },
    ],
    [{}, {}],
    [undefined, {}],
    ['<html>', {}],
    [{ modalities: null, chat_template: 5, chat_template_caps: [] }, {}],
  ])('reads properties of the loaded model: %j', (body, fields) => {
    expect(fieldsAt('/../props', 'm', body)).toEqual(fields);
  });

  it('takes only what clients may see of a model info', () => {
    const info = {
      max_input_tokens: 8192,
      mode: 'chat',
      supports_vision: true,
      input_cost_per_token: 0.1,
      created_by: 'ops@example.com',
      team_id: 'a',
      api_key: 'sk-secret',
      litellm_params: { api_key: 'sk-secret' },
      notes: 'x',
      // Names that are shown, with values that are not theirs.
      max_tokens: { notes: 'x' },
      supports_notes: 'x',
    };
    const body = {
      data: [null, { model_name: 'other', model_info: { mode: 'embedding' } }, { model_name: 'm', model_info: info }],
    };
    expect(fieldsAt('/model/info', 'm', body)).toEqual({
      model_info: { max_input_tokens: 8192, mode: 'chat', supports_vision: true },
    });
  });

  it.each([
    undefined,
    null,
    [],
    { data: {} },
    { data: [{ model_name: 'm' }] },
    { data: [{ model_name: 'm', model_info: 'x' }] },
  ])('adds nothing from %j', (body) => {
    expect(fieldsAt('/model/info', 'm', body)).toEqual({});
  });
});
