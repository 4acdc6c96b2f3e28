import { describe, expect, it } from 'vitest';
import { readSimulatorConfig } from './simulator.config.js';

describe('the configuration of the simulator', () => {
  it('has defaults', () => {
    expect(readSimulatorConfig({ SIMULATOR_API_KEY: ' ' })).toEqual({
      port: 11_435,
      host: '127.0.0.1',
      tokenDelayMs: 15,
      seed: 1,
      dialect: 'lenient',
      language: 'english',
      apis: ['chat'],
    });
  });

  it('is read from variables', () => {
    const variables = { SIMULATOR_PORT: '0', SIMULATOR_DIALECT: ' groq ', SIMULATOR_APIS: 'chat, responses' };
    expect(readSimulatorConfig(variables)).toMatchObject({ port: 0, dialect: 'groq', apis: ['chat', 'responses'] });
  });

  it('is rejected with all mistakes', () => {
    expect(() => readSimulatorConfig({ SIMULATOR_PORT: '65536', SIMULATOR_SEED: 'x' })).toThrow(
      /SIMULATOR_PORT must be a whole number from 0 to 65535\n.*SIMULATOR_SEED must be a whole number from 0 to/,
    );
  });
});
