import { describe, expect, it } from 'vitest';
import { readCommandLine, renderHelp } from './command-line.js';
import { ConfigurationError } from './configuration-error.js';
import { overlay } from './given-variables.js';
import { readSettings } from './settings.js';
import { declaredVariables } from './variable.decorator.js';

describe('the command line', () => {
  it.each<[string[], Record<string, string>]>([
    [[], {}],
    [['--base-url', 'http://a'], { OPENAI_API_BASE_URL: 'http://a' }],
    [['--openai-api-base-url=http://a'], { OPENAI_API_BASE_URL: 'http://a' }],
    [['--openai-base-url', 'http://a', '--port', '80'], { OPENAI_API_BASE_URL: 'http://a', PROXY_PORT: '80' }],
    [['--api-key', 'k', '--proxy-api-keys', 'a,b'], { OPENAI_API_KEY: 'k', PROXY_API_KEYS: 'a,b' }],
    [['--debug', '--no-page-enabled'], { DEBUG: 'true', PAGE_ENABLED: 'false' }],
    [['--enable-metrics=false', '--debug=1'], { ENABLE_METRICS: 'false', DEBUG: '1' }],
  ])('%j sets %j', (args, variables) => {
    expect(readCommandLine(args)).toEqual({ action: 'serve', variables });
  });

  it.each(['help', 'version', 'check'] as const)('has --%s', (action) => {
    expect(readCommandLine([`--${action}`, '--port', '1']).action).toBe(action);
    expect(readCommandLine([`-${action.slice(0, 1)}`]).action).toBe(action);
  });

  it.each([['--prot', '1'], ['serve'], ['--port'], ['--no-debug=true'], ['-x']])('refuses %s', (...args) => {
    expect(() => readCommandLine(args)).toThrow(ConfigurationError);
    expect(() => readCommandLine(args)).toThrow(/; see --help$/);
  });

  it.each([
    [['sk-secret-key'], 'an argument is not a flag (not shown, it may be a key)'],
    [['--sk-secret-key'], 'a flag is unknown (not shown, it may be a key)'],
    [['--api-kye', 'sk-secret-key'], "Unknown option '--api-kye'; did you mean --api-key?"],
  ])('refuses %j without quoting a key', (args, text) => {
    expect(() => readCommandLine(args)).toThrow(`  - ${text}; see --help`);
  });

  it('has values for flags that are true or false, which are checked as those of variables', () => {
    const { variables } = readCommandLine(['--debug=maybe']);
    expect(() => readSettings({ ...variables, OPENAI_API_BASE_URL: 'http://a' })).toThrow(
      'DEBUG must be true or false',
    );
  });

  it('wins over the environment, and over a second name there', () => {
    const environment = { OPENAI_BASE_URL: 'http://a', PORT: '1', HOST: '0.0.0.0' };
    const { variables } = readCommandLine(['--base-url', 'http://b', '--port', '2']);
    const { server, mapping } = readSettings(overlay(variables, environment));
    expect(mapping.upstreams[0]?.baseUrl).toBe('http://b/v1');
    expect([server.port, server.addresses]).toEqual([2, ['0.0.0.0']]);
  });

  it('is explained for every variable, within a line of a terminal', () => {
    const help = renderHelp();
    for (const { name } of declaredVariables()) expect(help).toContain(`--${name.toLowerCase().replaceAll('_', '-')}`);
    expect(help.split('\n').every((line) => line.length <= 160)).toBe(true);
  });
});
