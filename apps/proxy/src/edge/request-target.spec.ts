import { describe, expect, it } from 'vitest';
import { pathAndQueryOf } from './request-target.js';

describe('a request target', () => {
  it.each([
    ['/api/chat', '/api/chat'],
    ['/api/chat?a=1', '/api/chat?a=1'],
    ['//v1//files//', '/v1/files/'],
    ['/v1/files?url=http://x//y', '/v1/files?url=http://x//y'],
    ['/v1/files#a', '/v1/files'],
    ['/?#a?b', '/?'],
    ['http://x', '/'],
    ['HTTPS://x:1', '/'],
    ['http://x?y=1', '/?y=1'],
    ['http://x#', '/'],
    ['http://x/api/version', '/api/version'],
    ['http://user:secret@x/api/version', '/api/version'],
    ['http://user:secret@x?y', '/?y'],
    ['http://x//api//tags', '/api/tags'],
    ['http:///v1/files', '/v1/files'],
    ['http://x/http://y/z', '/http:/y/z'],
  ])('%s is %s', (target, expected) => {
    expect(pathAndQueryOf(target)).toBe(expected);
  });

  it.each([
    '*',
    'foo:///v1/files',
    'foo://x?y',
    'foo://x',
    'ftp://user:secret@x/',
    'x:80',
    'api/chat',
    '',
    'http:/x',
    '?a',
  ])('%s is none', (target) => {
    expect(pathAndQueryOf(target)).toBeUndefined();
  });
});
