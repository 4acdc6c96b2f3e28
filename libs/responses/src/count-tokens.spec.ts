import { describe, expect, it } from 'vitest';
import { estimateInputTokens } from './count-tokens.js';
import { readResponsesRequest } from './responses-request.js';

const LONG = 'word '.repeat(200);

function countOf(body: object): number {
  return estimateInputTokens(readResponsesRequest({ model: 'm', ...body }));
}

describe('estimateInputTokens', () => {
  it('counts a quarter of the characters', () => {
    expect(countOf({ input: 'x'.repeat(400) })).toBe(101);
    expect(countOf({})).toBe(1);
  });

  it.each([
    ['instructions', { instructions: LONG }],
    ['a message', { input: [{ role: 'user', content: [{ type: 'input_text', text: LONG }] }] }],
    ['arguments', { input: [{ type: 'function_call', call_id: 'c', name: 'f', arguments: LONG }] }],
    ['the input of a custom tool', { input: [{ type: 'custom_tool_call', call_id: 'c', name: 'f', input: LONG }] }],
    ['arguments as an object', { input: [{ type: 'tool_search_call', call_id: 'c', arguments: { query: LONG } }] }],
    ['an output', { input: [{ type: 'function_call_output', call_id: 'c', output: LONG }] }],
    ['an output of parts', { input: [{ type: 'function_call_output', output: [{ type: 'input_text', text: LONG }] }] }],
    ['a command', { input: [{ type: 'local_shell_call', call_id: 'c', action: { command: ['sh', LONG] } }] }],
    ['reasoning', { input: [{ type: 'reasoning', summary: [{ type: 'summary_text', text: LONG }] }] }],
    ['sealed reasoning', { input: [{ type: 'reasoning', summary: [], encrypted_content: LONG }] }],
    ['a tool', { tools: [{ type: 'function', name: 'f', description: LONG }] }],
    ['a schema', { tools: [{ type: 'function', name: 'f', parameters: { description: LONG } }] }],
    ['a tool of a namespace', { tools: [{ type: 'namespace', name: 'n', tools: [{ name: 'f', description: LONG }] }] }],
    ['added tools', { input: [{ type: 'additional_tools', tools: [{ name: 'f', description: LONG }] }] }],
    ['a format', { text: { format: { type: 'json_schema', schema: { description: LONG } } } }],
  ])('counts %s', (_what, body) => {
    expect(countOf(body)).toBeGreaterThan(249);
    expect(countOf(body)).toBeLessThan(290);
  });

  it('does not count base64 as text', () => {
    const parts = (part: object): object => ({ input: [{ role: 'user', content: [part] }] });
    expect(countOf(parts({ type: 'input_image', image_url: LONG.repeat(1000) }))).toBe(1601);
    expect(countOf(parts({ type: 'input_file', file_data: 'x'.repeat(45_000) }))).toBe(1001);
  });
});
