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

  const used = (
    fields: Partial<RequestRecord>,
    { status = 200, isWhole = true, sentBytes = 1000, genAi = 'chat' } = {},
  ): number => {
    const record = Object.assign(new RequestRecord('id', 0), { sentAt: 1, ...fields });
    const request = { record, routeInfo: { genAi } } as Request;
    return tokensUsed(request, { promptEstimate: 100, status, isWhole, sentBytes });
  };

  it('used are those that the upstream counted', () => {
    expect(used({ usage: { input: 3, output: 4 }, failure: new Error() }, { status: 500 })).toBe(7);
  });

  it('used are none for calls that failed before they generated anything', () => {
    expect(used({}, { status: 502 })).toBe(0);
    expect(used({ failure: new Error('broken off') })).toBe(0);
    expect(used({ sentAt: undefined })).toBe(0);
  });

  it('used are estimated by the text so far for streams that ended early', () => {
    const answer = { estimatedUsage: { input: undefined, output: 30 } };
    expect(used({ answer, failure: new Error('left') }, { isWhole: false })).toBe(130);
    expect(used({ answer, failure: new Error('broken off'), firstAt: 1 })).toBe(130);
    expect(used({ answer: { estimatedUsage: { input: 5000, output: 30 } } }, { isWhole: false })).toBe(5030);
  });

  it('used are estimated by the size of whole answers, and none for vectors', () => {
    expect(used({})).toBe(350);
    expect(used({}, { genAi: 'embeddings' })).toBe(100);
  });
});
