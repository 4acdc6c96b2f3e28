import { describe, expect, it } from 'vitest';
import { canonicalName, displayName, isValidName, plainName } from './names.js';

describe('names of models', () => {
  it.each([
    'Llama3',
    'llama3:latest',
    ' llama3:LATEST ',
    'library/llama3',
    'registry.ollama.ai/library/llama3:latest',
    'https://registry.ollama.ai/library/llama3',
    'models/llama3',
  ])('%s is the model llama3', (name) => {
    expect(canonicalName(name)).toBe('llama3');
  });

  it('keep another tag, another namespace and, if needed, their case', () => {
    expect(canonicalName('mine/Llama3:8b')).toBe('mine/llama3:8b');
    expect(plainName('registry.ollama.ai/library/Qwen/Qwen3:latest')).toBe('Qwen/Qwen3');
  });

  it.each([
    ['gpt-4o', 'gpt-4o:latest'],
    ['llama3:8b', 'llama3:8b'],
    ['models/gemini-3', 'gemini-3:latest'],
    ['host:5000/model', 'host:5000/model:latest'],
  ])('%s is listed as %s', (id, name) => {
    expect(displayName(id)).toBe(name);
  });

  it.each(['a', 'a:b', 'n/a:b', 'host:5000/n/a:b', 'https://host/n/a', '_a.b-c'])('%s is valid', (name) => {
    expect(isValidName(name)).toBe(true);
  });

  it.each([
    '',
    '-a',
    'a b',
    'a:',
    'a:b:c',
    'w/x/y/z',
    'n.s/a',
    '/a',
    'n//a',
    'a'.repeat(81),
    `h${'x'.repeat(350)}/n/a`,
  ])('%s is not', (name) => {
    expect(isValidName(name)).toBe(false);
  });
});
