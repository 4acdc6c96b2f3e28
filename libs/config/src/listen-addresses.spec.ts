import { describe, expect, it } from 'vitest';
import { isOwnAddress } from './listen-addresses.js';

describe('the address of this process', () => {
  it.each([
    ['http://localhost:11434/v1', 'localhost', true],
    ['http://127.0.0.1:11434/v1', 'localhost', true],
    ['http://[::1]:11434/v1', 'localhost', true],
    ['http://127.0.0.1:11434/v1', '0.0.0.0', true],
    ['http://127.9.9.9:11434/v1', '0.0.0.0', true],
    ['http://[::1]:11434/v1', '::', true],
    ['http://0.0.0.0:11434/v1', '0.0.0.0', true],
    ['http://10.0.0.5:11434/v1', '10.0.0.5', true],
    ['https://127.0.0.1:11434/v1', 'localhost', true],
    ['http://127.0.0.1:11435/v1', 'localhost', false],
    ['http://127.0.0.1:11434/v1', '10.0.0.5', false],
    ['http://localhost:11434/v1', '10.0.0.5', false],
    ['http://ollama:11434/v1', '0.0.0.0', false],
    ['http://127.0.0.2:11434/v1', 'localhost', false],
  ])('%s with HOST %s: %s', (url, HOST, isOwn) => {
    expect(isOwnAddress(url, { HOST, PROXY_PORT: 11_434 })).toBe(isOwn);
  });

  it('includes the default ports', () => {
    expect(isOwnAddress('http://127.0.0.1/v1', { HOST: 'localhost', PROXY_PORT: 80 })).toBe(true);
    expect(isOwnAddress('https://127.0.0.1/v1', { HOST: 'localhost', PROXY_PORT: 443 })).toBe(true);
    expect(isOwnAddress('https://127.0.0.1/v1', { HOST: 'localhost', PROXY_PORT: 80 })).toBe(false);
  });
});
