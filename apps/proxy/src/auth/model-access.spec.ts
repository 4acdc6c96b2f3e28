import { runAtOnce } from '#primitives';
import { describe, expect, it } from 'vitest';
import type { ResolvedModel } from '#models';
import { ModelAccess } from './model-access.js';

describe('models of a key', () => {
  it('refuses a name on which patterns would take long', () => {
    const access = new ModelAccess(['*gpt*mini*']);
    expect(access.allows('my-gpt-4-mini-x')).toBe(true);
    expect((length: number) => {
      expect(access.allows('gpt'.repeat(length))).toBe(false);
    }).toTakeLinearTime(25_000);
  });

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
    'gpt-4/../secret',
    'gpt-4,secret',
    'gpt-4, secret',
    'secret,gpt-4',
    'gpt-4;secret',
    'gpt-4|secret',
    'gpt-4,',
    '',
  ])('may not be %s', (name) => {
    expect(access.allows(name)).toBe(false);
  });

  it.each([
    { model: 'gpt-4', models: ['gpt-4', 'secret'] },
    { model: 'secret' },
    { model: 'gpt-4', models: 'secret' },
    { model: 'gpt-4', models: [{ id: 'secret' }] },
    { model: 'gpt-4', fallbacks: ['secret'] },
    { model: 'gpt-4', fallbacks: [{ model: 'gpt-4', other: 'secret' }] },
    { model: 'gpt-4', context_window_fallbacks: [{ 'gpt-4': ['secret'] }] },
    { model: 'gpt-4', Models: ['secret'], route: 'fallback' },
    { model: 'gpt-4', fallbacKs: ['secret'] },
    {},
  ])('are all that a body names, however it does: %j', (body) => {
    expect(() => runAtOnce(access.checkBody('gpt-4', JSON.stringify(body)))).toThrow("model 'gpt-4' not found");
  });

  it.each([
    '{"model":"secret","model":"gpt-4"}',
    '{"MODEL":"gpt-4","model":"gpt-4"}',
    '{"model":"gpt-4","Model":"secret"}',
    String.raw`{"mod\u0065l":"secret","model":"gpt-4"}`,
    '{"model":"gpt-4"} {"model":"secret"}',
    String.raw`{"fallbacks":["secret"],"model":"gpt-4","f\u0061llbacks":["gpt-4"]}`,
  ])('are named once, since readers differ in which one counts: %s', (text) => {
    expect(() => runAtOnce(access.checkBody('gpt-4', text))).toThrow('a model is named twice');
  });

  it.each([
    '{"model":"gpt-4","messages":[{"model":"secret"}]}',
    String.raw`{"model":"gpt-4"} {"\q":1} and more`,
    '{"model":"gpt-4","models":["gpt-4","llama3"],"fallbacks":["gpt-5"]}',
  ])('may be these: %s', (text) => {
    expect(() => runAtOnce(access.checkBody('gpt-4', text))).not.toThrow();
  });

  const target = (model: string, name = model): ResolvedModel['targets'][number] =>
    ({ model, entry: { name } }) as ResolvedModel['targets'][number];
  const resolved = (targets: ResolvedModel['targets'], rule?: { name: string; model?: string }): ResolvedModel =>
    ({ entry: undefined, targets, rule: rule && { model: undefined, ...rule } }) as ResolvedModel;

  it.each([
    ['a default model', resolved([target('secret')], { name: 'gpt-x' })],
    ['a pattern', resolved([target('secret')], { name: 'gpt-*', model: 'secret' })],
    ['a pattern that keeps a part of the name', resolved([target('secret/x')], { name: 'gpt-*', model: 'secret/*' })],
    ['one of several upstreams', resolved([target('gpt-x'), target('secret')], { name: 'gpt-*', model: 'gpt-*' })],
  ])('are not widened by %s', (_how, model) => {
    expect(() => access.checkResolved('gpt-x', model, 'not found')).toThrow('not found');
    expect(() => new ModelAccess().checkResolved('gpt-x', model, 'not found')).not.toThrow();
  });

  it.each([
    ['no rule', resolved([target('GPT-X:latest')])],
    ['a rule for the name', resolved([target('secret')], { name: 'gpt-x', model: 'secret' })],
    ['a default model that is allowed', resolved([target('gpt-4')], { name: 'gpt-x' })],
    ['an allowed listed name', resolved([target('vendor/id', 'gpt-4')], { name: 'gpt-*', model: 'vendor/id' })],
  ])('stay with %s', (_how, model) => {
    expect(() => access.checkResolved('gpt-x', model, 'not found')).not.toThrow();
  });

  it('are all without a list', () => {
    const all = new ModelAccess();
    expect(all.allows('anything')).toBe(true);
    expect(() => runAtOnce(all.checkBody('x', '{}'))).not.toThrow();
    expect(() => all.checkUnreadBody()).not.toThrow();
    expect(() => access.checkUnreadBody()).toThrow('certain models');
  });
});
