import { describe, expect, it } from 'vitest';
import { kindOfReason } from './finish-reason.js';

describe('a finish reason', () => {
  it.each([
    ['stop', 'stop'],
    ['STOP', 'stop'],
    ['eos_token', 'stop'],
    ['end_turn', 'stop'],
    ['tool_calls', 'stop'],
    ['function_call', 'stop'],
    ['length', 'length'],
    ['MAX_TOKENS', 'length'],
    ['max_output_tokens', 'length'],
    ['model_context_window_exceeded', 'length'],
    ['content_filter', 'filter'],
    ['SAFETY', 'filter'],
    ['PROHIBITED_CONTENT', 'filter'],
    ['content_filter: RECITATION', 'filter'],
    ['refusal', 'filter'],
    ['function_call_filter: MALFORMED_FUNCTION_CALL', 'malformed'],
    ['UNEXPECTED_TOOL_CALL', 'malformed'],
    ['error', 'failure'],
    ['ERROR: CUDA', 'failure'],
    ['network_error', 'failure'],
    ['timed_out', 'failure'],
    ['engine_overloaded', 'failure'],
    ['cancelled', 'failure'],
    ['foo', 'unknown'],
    ['null', undefined],
    ['None', undefined],
    ['', undefined],
    ['in_progress', undefined],
    [null, undefined],
    [0, undefined],
  ])('%j means %s', (reason, kind) => {
    expect(kindOfReason(reason)).toBe(kind);
  });
});
