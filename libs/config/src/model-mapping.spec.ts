import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ConfigurationError } from './environment.js';
import { NO_MAPPING, readModelMapping } from './model-mapping.js';

const folder = mkdtempSync(join(tmpdir(), 'mapping-'));

describe('model mapping', () => {
  afterAll(() => rmSync(folder, { recursive: true }));

  it('is empty without a file', () => {
    expect(readModelMapping(undefined)).toBe(NO_MAPPING);
    expect(NO_MAPPING.aliases.size).toBe(0);
  });

  it.each<[string, Record<string, string>, string | undefined]>([
    ['{"llama3": "gpt-4o"}', { llama3: 'gpt-4o' }, undefined],
    ['{"a": "x", "b:7b": "y/z"}', { a: 'x', 'b:7b': 'y/z' }, undefined],
    ['{}', {}, undefined],
    ['{"model_mappings": {"a": "x"}, "default_model": "d"}', { a: 'x' }, 'd'],
    ['{"model_mappings": {"a": "x"}}', { a: 'x' }, undefined],
    ['{"model_mappings": {"a": "x"}, "default_model": null}', { a: 'x' }, undefined],
    ['{"default_model": "d"}', {}, 'd'],
  ])('reads %s', (content, aliases, defaultModel) => {
    const mapping = readModelMapping(file(content));

    expect(Object.fromEntries(mapping.aliases)).toEqual(aliases);
    expect(mapping.defaultModel).toBe(defaultModel);
  });

  it.each<[string, string[]]>([
    ['{"a": 1, "b": "", "c": "x"}', ['a must be the name of a model', 'b must be the name of a model']],
    ['{"model_mappings": {"a": null}}', ['model_mappings.a must be the name of a model']],
    ['{"model_mappings": []}', ['model_mappings must be an object']],
    ['{"default_model": 5}', ['default_model must be the name of a model']],
    ['{"default_model": ""}', ['default_model must be the name of a model']],
    [
      '{"model_mappings": {"a": {}}, "default_model": []}',
      ['model_mappings.a must be the name of a model', 'default_model must be the name of a model'],
    ],
  ])('says of %s all that is wrong', (content, mistakes) => {
    expect(mistakesOf(file(content))).toEqual(mistakes.map((mistake) => `MODEL_MAPPING_FILE: ${mistake}`));
  });

  it.each([
    ['{oops', 'MODEL_MAPPING_FILE is not JSON'],
    ['', 'MODEL_MAPPING_FILE is not JSON'],
    ['[]', 'MODEL_MAPPING_FILE must hold a JSON object'],
    ['"x"', 'MODEL_MAPPING_FILE must hold a JSON object'],
    ['null', 'MODEL_MAPPING_FILE must hold a JSON object'],
  ])('says of %j what is wrong', (content, mistake) => {
    expect(mistakesOf(file(content))).toEqual([mistake]);
  });

  it('says of a file that is not there that it cannot be read', () => {
    expect(mistakesOf(join(folder, 'nowhere.json'))).toEqual(['MODEL_MAPPING_FILE cannot be read']);
    expect(mistakesOf(folder)).toEqual(['MODEL_MAPPING_FILE cannot be read']);
  });
});

let count = 0;

function file(content: string): string {
  const path = join(folder, `${(count += 1)}.json`);
  writeFileSync(path, content);
  return path;
}

function mistakesOf(path: string): readonly string[] {
  try {
    readModelMapping(path);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.mistakes;
    throw error;
  }
  return [];
}
