import { describe, expect, it } from 'vitest';
import {
  decodeChatRequest,
  decodeCopyRequest,
  decodeCreateRequest,
  decodeDeleteRequest,
  decodeEmbeddingsRequest,
  decodeEmbedRequest,
  decodePullRequest,
  decodePushRequest,
  decodeShowRequest,
} from './requests.js';

describe('requests that name a model', () => {
  it.each([decodeDeleteRequest, decodePushRequest])('take the older spelling as well: %o', (decode) => {
    expect(decode({ model: 'a' })).toBe('a');
    expect(decode({ name: 'b' })).toBe('b');
    expect(decode({ model: 'a', name: 'b' })).toBe('a');
    expect(decode({})).toBe('');
  });

  it.each([decodeShowRequest, decodePullRequest, decodeCreateRequest])('have one field for it: %o', (decode) => {
    expect(decode({ name: 'b' })).toMatchObject({ model: 'b' });
    expect(decode({ name: 'b' })).not.toHaveProperty('name');
  });

  it('are checked by type', () => {
    const wrong = { model: 1, source: 1, prompt: 1 };
    const all = [decodeShowRequest, decodePullRequest, decodeCreateRequest, decodeCopyRequest, decodeEmbeddingsRequest];
    for (const decode of [...all, decodeEmbedRequest]) expect(() => decode(wrong)).toThrow(/cannot unmarshal number/);
    expect(decodeCopyRequest({ source: 'a', destination: 'b' })).toMatchObject({ source: 'a', destination: 'b' });
  });
});

describe('the format of an answer', () => {
  const formatOf = (fields: object) => decodeChatRequest({ model: 'm', messages: [], ...fields });

  it.each([[{ format: 'json' }], [{ options: { format: 'json' } }]])('is read from %j', (fields) => {
    expect(formatOf(fields).format).toBe('json');
  });

  it.each([[{}], [{ format: '' }], [{ format: 'default' }], [{ options: { format: 'default' } }]])(
    'is absent for %j',
    (fields) => {
      expect(formatOf(fields)).not.toHaveProperty('format');
    },
  );
});
