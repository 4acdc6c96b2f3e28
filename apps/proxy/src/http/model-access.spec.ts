import { describe, expect, it } from 'vitest';
import { ModelAccess } from './model-access.js';

describe('models of a key', () => {
  const access = new ModelAccess(['gpt-*', 'Llama3:latest', 'qwen.5']);

  it.each(['gpt-4', 'GPT-4:latest', 'models/gpt-4', 'library/gpt-4', 'llama3', 'llama3:latest', ' qwen.5 '])(
    'may be %s',
    (name) => {
      expect(access.allows(name)).toBe(true);
    },
  );

  it.each([
    'secret',
    'xgpt-4',
    'library/library/gpt-4',
    'models/library/gpt-4',
    'llama3:8b',
    'qwenx5',
    'secret/gpt-4',
    '',
  ])('may not be %s', (name) => {
    expect(access.allows(name)).toBe(false);
  });

  it.each([
    { model: 'gpt-4', models: ['gpt-4', 'secret'] },
    { model: 'secret' },
    { model: 'gpt-4', models: 'secret' },
    { model: 'gpt-4', models: [{ id: 'secret' }] },
    {},
  ])('are all that a body names, however it does: %j', (body) => {
    expect(() => access.checkPassed('gpt-4', body)).toThrow("model 'gpt-4' not found");
  });

  it('are all without a list', () => {
    const all = new ModelAccess();
    expect(all.allows('anything')).toBe(true);
    expect(() => all.checkPassed('x', {})).not.toThrow();
    expect(() => all.checkUnread()).not.toThrow();
    expect(() => access.checkUnread()).toThrow('certain models');
  });
});
