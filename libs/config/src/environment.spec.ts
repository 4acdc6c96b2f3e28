import { describe, expect, it } from 'vitest';
import { ConfigurationError } from './configuration-error.js';
import { readEnvironment } from './environment.js';
import { declaredVariables } from './variable.decorator.js';

const BASE = { OPENAI_API_BASE_URL: 'http://localhost:8080' };

describe('environment', () => {
  it('requires only the URL of the upstream', () => {
    expect(readEnvironment(BASE)).toMatchObject({
      ...BASE,
      PROXY_PORT: 11_434,
      HOST: 'localhost',
      LOG_LEVEL: 'INFO',
      DEBUG: false,
      MAX_RETRIES: 1,
      OLLAMA_ORIGINS: '',
    });
    expect(readEnvironment(BASE).OPENAI_API_KEY).toBeUndefined();
  });

  it('treats an empty variable, or one of white space, as unset', () => {
    const empty = Object.fromEntries(declaredVariables().map(({ name }) => [name, '']));
    const blank = Object.fromEntries(declaredVariables().map(({ name }) => [name, ' ']));

    expect(readEnvironment({ ...empty, ...BASE })).toEqual(readEnvironment(BASE));
    expect(readEnvironment({ ...blank, ...BASE })).toEqual(readEnvironment(BASE));
  });

  it('ignores unknown variables', () => {
    expect(readEnvironment({ ...BASE, PATH: '/bin', constructor: 'x', __proto__: 'x' })).toEqual(readEnvironment(BASE));
  });

  it.each([
    ['true', true],
    ['TRUE', true],
    ['1', true],
    ['yes', true],
    ['on', true],
    ['false', false],
    ['False', false],
    ['0', false],
    ['no', false],
    ['off', false],
  ])('reads %s as %s', (text, value) => {
    expect(readEnvironment({ ...BASE, DEBUG: text }).DEBUG).toBe(value);
  });

  it.each([
    ['PROXY_PORT', '0', 0],
    ['PROXY_PORT', '65535', 65_535],
    ['REQUEST_TIMEOUT', '0.5', 0.5],
    ['STREAM_IDLE_TIMEOUT', '86400', 86_400],
    ['MAX_RETRIES', '0', 0],
    ['REQUEST_MAX_SIZE', '104857600', 104_857_600],
    ['SHUTDOWN_GRACE_SECONDS', '0', 0],
    ['LOG_LEVEL', 'warning', 'WARNING'],
    ['OLLAMA_VERSION', '1.2.3-rc1', '1.2.3-rc1'],
    ['OPENAI_API_KEY', 'sk-x', 'sk-x'],
    ['HOST', '0.0.0.0', '0.0.0.0'],
    ['CORS_ORIGINS', '*', '*'],
    ['OLLAMA_ORIGINS', 'https://a.example, http://*.b:80,app://x', 'https://a.example, http://*.b:80,app://x'],
  ])('reads %s=%s', (name, text, value) => {
    expect(readEnvironment({ ...BASE, [name]: text })).toHaveProperty(name, value);
  });

  it.each([
    'http://localhost:8080/v1',
    'https://api.openai.com/v1',
    'http://127.0.0.1',
    'http://[::1]:8080/v1',
    'http://upstream:8000',
    'http://llama_server:8080/v1',
    'https://x.openai.azure.com/openai/deployments/d?api-version=2024-10-21',
  ])('accepts the base URL %s', (url) => {
    expect(readEnvironment({ OPENAI_API_BASE_URL: url }).OPENAI_API_BASE_URL).toBe(url);
  });

  it.each([
    ['OPENAI_API_BASE_URL', 'localhost:8080'],
    ['OPENAI_API_BASE_URL', 'ftp://x'],
    ['OPENAI_API_BASE_URL', 'http://'],
    ['OPENAI_API_BASE_URL', 'nonsense'],
    ['OPENAI_API_KEY', 'two words'],
    ['OPENAI_API_KEY', 'line\nbreak'],
    ['OPENAI_API_KEY', 'schlüssel'],
    ['PROXY_PORT', '65536'],
    ['PROXY_PORT', '-1'],
    ['PROXY_PORT', '80.5'],
    ['PROXY_PORT', 'http'],
    ['LOG_LEVEL', 'TRACE'],
    ['DEBUG', 'maybe'],
    ['REQUEST_TIMEOUT', '0'],
    ['REQUEST_TIMEOUT', '5m'],
    ['REQUEST_TIMEOUT', 'Infinity'],
    ['STREAM_IDLE_TIMEOUT', '86401'],
    ['CONNECT_TIMEOUT', '301'],
    ['MAX_RETRIES', '1.5'],
    ['MAX_RETRIES', '11'],
    ['REQUEST_MAX_SIZE', '1'],
    ['OLLAMA_VERSION', 'v1.2'],
    ['OLLAMA_ORIGINS', 'a.example'],
    ['CORS_ORIGINS', 'https://a.example/path'],
    ['SHUTDOWN_GRACE_SECONDS', '-1'],
  ])('rejects %s=%j without printing the value', (name, value) => {
    const { mistakes, message } = mistakesOf({ ...BASE, [name]: value });

    expect(mistakes).toHaveLength(1);
    expect(mistakes[0]).toMatch(new RegExp(`^${name} `));
    if (value.length > 4) expect(message).not.toContain(value);
  });

  it('names every mistake at once, without secrets', () => {
    const { mistakes, message } = mistakesOf({
      OPENAI_API_KEY: 'my secret key',
      PROXY_PORT: 'x',
      DEBUG: 'x',
      LOG_LEVEL: 'x',
      MAX_RETRIES: '99',
    });

    expect(mistakes.map((mistake) => mistake.split(' ')[0]).sort()).toEqual([
      ...['DEBUG', 'LOG_LEVEL', 'MAX_RETRIES', 'OPENAI_API_BASE_URL', 'OPENAI_API_KEY', 'PROXY_PORT'],
    ]);
    expect(mistakes).toContain('OPENAI_API_BASE_URL is required');
    expect(message).toMatch(/^the configuration has 6 mistakes:\n {2}- /);
    expect(message).not.toContain('secret');
  });

  it('names the allowed range of a number', () => {
    expect(mistakesOf({ ...BASE, PROXY_PORT: 'x', REQUEST_TIMEOUT: 'y' }).mistakes).toEqual([
      'PROXY_PORT must be a whole number from 0 to 65535',
      'REQUEST_TIMEOUT must be a number from 0.05 to 86400',
    ]);
  });

  it('counts one mistake in the singular', () => {
    expect(mistakesOf({}).message).toBe('the configuration has 1 mistake:\n  - OPENAI_API_BASE_URL is required');
  });

  it('declares each variable that it reads, once', () => {
    const names = declaredVariables().map(({ name }) => name);

    expect(new Set(names).size).toBe(names.length);
    expect(names).toEqual(expect.arrayContaining(Object.keys(readEnvironment({ ...BASE, OPENAI_API_KEY: 'x' }))));
  });
});

function mistakesOf(source: Record<string, string>): ConfigurationError {
  try {
    readEnvironment(source);
  } catch (error) {
    if (error instanceof ConfigurationError) return error;
    throw error;
  }
  throw new Error('no mistake was found');
}
