import { describe, expect, it } from 'vitest';
import { estimateInputTokens } from './count-tokens.js';
import { readMessagesRequest } from './messages-request.js';

const count = (content: unknown, more: object = {}): number =>
  estimateInputTokens(readMessagesRequest({ model: 'm', messages: [{ role: 'user', content }], ...more }, false));

const TEXT = 'x'.repeat(4000);

describe('the estimate of tokens', () => {
  it('grows with all text of a request', () => {
    const least = count('x');
    expect(least).toBeGreaterThan(0);
    const longer: number[] = [
      count(TEXT),
      count('x', { system: TEXT }),
      count([{ type: 'thinking', thinking: TEXT }]),
      count([{ type: 'tool_result', tool_use_id: 'a', content: [{ type: 'text', text: TEXT }] }]),
      count([{ type: 'document', source: { type: 'text', data: TEXT } }]),
      count('x', { tools: [{ name: 'f', description: TEXT }] }),
      count('x', { tools: [{ name: 'f', input_schema: { type: 'object', description: TEXT } }] }),
      count([{ type: 'tool_use', id: 'a', name: 'f', input: { text: TEXT } }]),
    ];
    for (const tokens of longer) {
      expect(tokens - least).toBeGreaterThan(900);
      expect(tokens - least).toBeLessThan(2200);
    }
  });

  it('counts images and documents by what models see of them, not by their bytes', () => {
    const data = 'A'.repeat(900_000);
    const image = count([{ type: 'image', source: { type: 'base64', media_type: 'image/png', data } }]);
    const document = count([{ type: 'document', source: { type: 'base64', media_type: 'application/pdf', data } }]);
    expect(image).toBeLessThan(2000);
    expect(document).toBeGreaterThan(10_000);
    expect(document).toBeLessThan(40_000);
  });
});
