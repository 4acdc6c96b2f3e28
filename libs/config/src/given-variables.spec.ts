import { describe, expect, it } from 'vitest';
import './environment.js';
import { overlay, readVariables } from './given-variables.js';
import { declaredVariables } from './variable.decorator.js';

describe('the variables of the process', () => {
  it.each([
    ['"http://a/v1"', 'http://a/v1'],
    ["'http://a/v1'", 'http://a/v1'],
    [' http://a/v1 \n', 'http://a/v1'],
    [' " http://a/v1 " ', 'http://a/v1'],
    ['"a","b"', '"a","b"'],
    ['{"X-Title":"a"}', '{"X-Title":"a"}'],
    ['["a"]', '["a"]'],
    ['"', '"'],
    ['"a\'', '"a\''],
  ])('have the value %j as %j', (given, value) => {
    expect(readVariables({ UPSTREAM_HEADERS: given }).values.UPSTREAM_HEADERS).toBe(value);
  });

  it.each(['', '  ', '""', "' '", undefined])('are unset if they are %j', (given) => {
    expect(readVariables({ OPENAI_API_KEY: given }).values).toEqual({});
  });

  it.each([
    ['OPENAI_BASE_URL', 'OPENAI_API_BASE_URL'],
    ['OPENAI_API_BASE', 'OPENAI_API_BASE_URL'],
    ['OPENAI_ORG_ID', 'OPENAI_ORGANIZATION'],
    ['OPENAI_PROJECT_ID', 'OPENAI_PROJECT'],
    ['PORT', 'PROXY_PORT'],
    ['PROXY_API_KEY', 'PROXY_API_KEYS'],
  ])('may have the name %s for %s', (alias, name) => {
    expect(readVariables({ [alias]: '"1"' })).toMatchObject({ values: { [name]: '1' }, mistakes: [], warnings: [] });
    expect(readVariables({ [alias]: '1', [name]: '1 ' }).mistakes).toEqual([]);
    expect(readVariables({ [alias]: 'secret-1', [name]: 'secret-2' }).mistakes).toEqual([
      `${alias} is another name for ${name}, and both are set to different values`,
    ]);
  });

  it('are compared with each alias', () => {
    expect(readVariables({ OPENAI_BASE_URL: 'http://a', OPENAI_API_BASE: 'http://b' }).mistakes).toEqual([
      'OPENAI_API_BASE is another name for OPENAI_API_BASE_URL, and both are set to different values',
    ]);
  });

  it.each([
    ['OPENAI_API_BASEURL', 'OPENAI_API_BASEURL is not read; did you mean OPENAI_API_BASE_URL?'],
    ['OPENAI_API_KYE', 'OPENAI_API_KYE is not read; did you mean OPENAI_API_KEY?'],
    ['WORKER', 'WORKER is not read; did you mean WORKERS?'],
    ['LOG_LEVLE', 'LOG_LEVLE is not read; did you mean LOG_LEVEL?'],
    ['REQUEST_TIMEOUTS', 'REQUEST_TIMEOUTS is not read; did you mean REQUEST_TIMEOUT?'],
    ['OLLAMA_HOST', 'OLLAMA_HOST is not read; the variable for this is HOST'],
    ['OLLAMA_NUM_PARALLEL', 'OLLAMA_NUM_PARALLEL is not read; the variable for this is MAX_CONCURRENT_REQUESTS'],
    ['UPSTREAM_BASE_URL', 'UPSTREAM_BASE_URL is not read; the variable for this is OPENAI_API_BASE_URL'],
  ])('that are not read but similar are warned of: %s', (name, warning) => {
    expect(readVariables({ [name]: 'a value' }).warnings).toEqual([warning]);
  });

  it.each([
    'PATH',
    'HOME',
    'HOSTNAME',
    'NODE_ENV',
    'SHELL',
    'USER',
    'LANG',
    'KUBERNETES_PORT',
    'DEBUGINFOD_URLS',
    'SSL_CERT_FILE',
  ])('of other programs are ignored: %s', (name) => {
    expect(readVariables({ [name]: 'a value' }).warnings).toEqual([]);
  });

  it('have names that are used once', () => {
    const names = declaredVariables().flatMap(({ name, aliases = [], foreignNames = [] }) => [
      name,
      ...aliases,
      ...foreignNames,
    ]);
    expect(new Set(names).size).toBe(names.length);
  });
});

describe('variables of two sources', () => {
  it.each([
    [{ OPENAI_BASE_URL: 'a' }, { OPENAI_API_BASE_URL: 'b' }, 'OPENAI_API_BASE_URL', 'a'],
    [{ OPENAI_API_BASE_URL: 'a' }, { OPENAI_BASE_URL: 'b', OPENAI_API_BASE: 'c' }, 'OPENAI_API_BASE_URL', 'a'],
    [{ PORT: '' }, { PROXY_PORT: '1' }, 'PROXY_PORT', '1'],
    [{ HTTP_PROXY: 'a' }, { http_proxy: 'b' }, 'HTTP_PROXY', 'a'],
    [{ http_proxy: 'a' }, { HTTP_PROXY: 'b' }, 'HTTP_PROXY', 'a'],
    [{ HOST: 'a' }, { PORT: '2' }, 'PROXY_PORT', '2'],
  ])('%j over %j: %s is %s', (first, second, name, value) => {
    const { values, mistakes } = readVariables(overlay(first, second));
    expect(mistakes).toEqual([]);
    expect(values[name]).toBe(value);
  });
});
