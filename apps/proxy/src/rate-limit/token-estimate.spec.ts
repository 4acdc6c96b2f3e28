import type { Request } from 'express';
import { describe, expect, it } from 'vitest';
import { RequestRecord } from '#observability';
import { estimateAnswer, estimatePrompt, tokensUsed } from './token-estimate.js';

const request = (bodyText: string): Request => ({ bodyText }) as Request;

describe('tokens', () => {
  it.each([
    ['{"max_tokens": 100}', 100],
    ['{"options":{"num_predict":50}}', 50],
    ['{"max_completion_tokens":1000000}', 4096],
    ['{"options":{"num_predict":-1}}', 0],
    ['{"messages":[{"content":"say \\"max_tokens\\": 100"}]}', 0],
    [`{"messages":"${'x'.repeat(20_000)}","max_tokens":7}`, 7],
    ['', 0],
  ])('of an answer are what the request bounds: %#', (body, expected) => {
    expect(estimateAnswer(request(body))).toBe(expected);
  });

  it('of a prompt are a quarter of its bytes', () => {
    expect(estimatePrompt(request('x'.repeat(400)))).toBe(100);
    expect(estimatePrompt(request(''))).toBe(1);
  });

  it('used are those that the backend counted, none for failures, and by their bytes otherwise', () => {
    const record = (fields: Partial<RequestRecord>) =>
      Object.assign(new RequestRecord('id', 0), { sentAt: 1, ...fields });
    const asked = request('x'.repeat(400));
    const used = (fields: Partial<RequestRecord>, status = 200, isWhole = true, sent = 1000): number =>
      tokensUsed(asked, record(fields), status, isWhole, sent);
    expect(used({ usage: { input: 3, output: 4 }, failure: new Error() }, 500)).toBe(7);
    expect(used({}, 502)).toBe(0);
    expect(used({ failure: new Error('broken off') })).toBe(0);
    expect(used({ sentAt: undefined })).toBe(0);
    // The client left.
    expect(used({ streamed: true, failure: new Error() }, 200, false)).toBe(105);
    expect(used({}, 200)).toBe(350);
  });
});
