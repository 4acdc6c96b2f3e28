import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { extractErrorText, findErrorText, redact } from './error-text.js';

const FALLBACK = 'upstream error: status 500';

/** Each shape that an upstream gives its errors. */
const SHAPES: [string, unknown, string][] = [
  ['a message with a code', { error: { message: 'Bad', type: 'x', param: null, code: 'bad' } }, 'Bad'],
  ['a code that is a number', { error: { message: 'Bad', type: 'BadRequestError', code: 400 } }, 'Bad'],
  ['no type', { error: { code: '401', message: 'Access denied.' } }, 'Access denied.'],
  ['details', { error: { code: 'RateLimitReached', message: 'Slow down.', details: 'Slow down.' } }, 'Slow down.'],
  ['inner errors', { error: { message: 'Filtered.', status: 400, innererror: { code: 'x' } } }, 'Filtered.'],
  ['a text', { code: 'Client specified an invalid argument', error: 'No such parameter.' }, 'No such parameter.'],
  ['a text and its type', { error: 'Overloaded', error_type: 'overloaded' }, 'Overloaded'],
  ['a list of texts', { error: ['Broken', 'more'] }, 'Broken'],
  [
    'no envelope',
    { object: 'error', message: 'Too long', type: 'BadRequestError', param: null, code: 400 },
    'Too long',
  ],
  ['a detail', { detail: 'Invalid API Key' }, 'Invalid API Key'],
  [
    'a list of details',
    { detail: [{ loc: ['body', 'n'], msg: 'too small', type: 'x' }, { msg: 'and more' }] },
    'body.n: too small; and more',
  ],
  [
    'details inside a message',
    { object: 'error', message: { detail: [{ loc: ['body', 'tools', 0], msg: 'extra' }] } },
    'body.tools.0: extra',
  ],
  ['a message alone', { message: 'no matching route' }, 'no matching route'],
  [
    'a message and an error',
    { message: "400 Model 'm' cannot", status: 400, error: { message: "Model 'm' cannot" } },
    "Model 'm' cannot",
  ],
  [
    'an array',
    [{ error: { code: 400, message: 'API key not valid.', status: 'INVALID_ARGUMENT' } }],
    'API key not valid.',
  ],
  ['JSON inside the message', { error: { message: '{"error":{"message":"Inner"}}' } }, 'Inner'],
  ['JSON inside JSON inside the message', { message: '{"message":"{\\"detail\\":\\"Deep\\"}"}' }, 'Deep'],
  ['something like JSON inside the message', { message: '{oops' }, '{oops'],
  ['JSON without words inside the message', { message: '{"a":1}' }, '{"a":1}'],
  [
    'the words of its own upstream',
    { error: { message: 'Provider returned error', code: 429, metadata: { raw: 'm is rate-limited.' } } },
    'Provider returned error: m is rate-limited.',
  ],
  [
    'the JSON of its own upstream',
    { error: { message: 'Provider returned error', metadata: { raw: '{"error":"Violates."}' } } },
    'Provider returned error: Violates.',
  ],
  ['the same words twice', { error: { message: 'Same', metadata: { raw: 'Same' } } }, 'Same'],
  [
    'a problem document',
    { type: 'about:blank', title: 'Bad Request', status: 400, detail: 'Unknown field' },
    'Unknown field',
  ],
  ['a problem without detail', { type: 'about:blank', title: 'Bad Request', status: 400 }, 'Bad Request'],
  ['a list of errors', { errors: [{ message: 'First' }, { message: 'Second' }] }, 'First'],
  ['nothing but a code', { error: { code: 'server_busy' } }, 'server_busy'],
  ['a bare text in quotes', 'Just words', 'Just words'],
];

describe('error text', () => {
  it.each(SHAPES)('is found in an error with %s', (_shape, body, text) => {
    expect(extractErrorText(JSON.stringify(body), FALLBACK)).toBe(text);
    expect(extractErrorText(`\n ${JSON.stringify(body, undefined, 2)}\n`, FALLBACK)).toBe(text);
    expect(findErrorText(body)).toBe(text);
  });

  it.each([
    ['', FALLBACK],
    ['  \n', FALLBACK],
    ['{}', FALLBACK],
    ['[]', FALLBACK],
    ['null', FALLBACK],
    ['5', FALLBACK],
    ['{"error":{}}', FALLBACK],
    ['{"error":null,"message":""}', FALLBACK],
    ['Service Unavailable', 'Service Unavailable'],
    ['upstream connect error\n', 'upstream connect error'],
    ['{"error":{"message":"cut', '{"error":{"message":"cut'],
    ['<html><head><title>502 Bad Gateway</title></head><body><h1>x</h1></body></html>', '502 Bad Gateway'],
    ['<!DOCTYPE html>\n<html><body><h1>Busy</h1>\n<p>Try  later</p></body></html>', 'Busy Try later'],
    ['<html><style>b{}</style><script>let a = "x";</script>Gone</html>', 'Gone'],
    ['<html></html>', FALLBACK],
    ['1 < 2', '1 < 2'],
  ])('of the body %j is %j', (body, text) => {
    expect(extractErrorText(body, FALLBACK)).toBe(text);
  });

  it('is cut when it is not JSON and long', () => {
    expect(extractErrorText('x'.repeat(10_000), FALLBACK)).toHaveLength(500);
    expect(extractErrorText(`<p>${'x'.repeat(10_000)}</p>`, FALLBACK)).toHaveLength(500);
  });

  it.each([
    ['Incorrect API key provided: sk-abc123DEF456.', 'Incorrect API key provided: ***.'],
    ['Incorrect API key provided: xa***yz. Get one.', 'Incorrect API key provided: ***. Get one.'],
    ['Incorrect API key provided: <not-a-r****key>. See', 'Incorrect API key provided: ***. See'],
    ['Your api key: ****-key is invalid', 'Your api key: *** is invalid'],
    ['{"api_key": "verysecret"}', '{"api_key": "***"}'],
    ['key sk-proj-Abc_123-xyz was revoked', 'key sk-*** was revoked'],
    ['gsk_0123456789abcdef', 'gsk_***'],
    ['hf_AbCdEfGhIjKl is not allowed', 'hf_*** is not allowed'],
    ['AIzaSyA1234567890abcdef', '***'],
    ['Authorization: Bearer abc.def.ghi, sorry', 'Authorization: Bearer ***, sorry'],
    ['Basic dXNlcjpwYXNz', 'Basic ***'],
    ['Rate limit for org-AbC123dEf on tokens', 'Rate limit for org-*** on tokens'],
    ['Project proj_AbC123dEf is archived', 'Project proj-*** is archived'],
    [
      'Violates. Team: 6f0e1c9a-0000-4000-8000-123456789abc, API key ID: 6f0e1c9a-0000-4000-8000-123456789abd, Model: g',
      'Violates. Team: ***, API key ID: ***, Model: g',
    ],
  ])('hides the secrets of %j', (text, clean) => {
    expect(redact(text)).toBe(clean);
    expect(extractErrorText(JSON.stringify({ error: { message: text } }), FALLBACK)).not.toMatch(
      /abc123|AbC123|verysecret/,
    );
  });

  it.each([
    'Invalid API key provided. Ensure your API key is correct and active.',
    'The model `llama-3.3-70b` does not exist or you do not have access to it.',
    "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
    'Please retry shortly, or add your own key: https://openrouter.ai/settings/integrations',
    "This model's maximum context length is 4096 tokens.",
    'risk-averse tasks-for-later desk-1234567',
  ])('leaves %j as it is', (text) => {
    expect(redact(text)).toBe(text);
  });

  it('never fails, whatever the body', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          fc.json().map((json) => `{"error":${json}}`),
        ),
        (body) => {
          expect(extractErrorText(body, FALLBACK)).toBeTypeOf('string');
        },
      ),
    );
  });
});
