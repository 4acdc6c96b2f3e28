import { describe, expect, it } from 'vitest';
import { thinkingOf } from './thinking.js';

describe('the levels of thinking in an entry of a list', () => {
  it.each([
    [
      { thinking: { values: ['low', 'xhigh', false], default: 'low' } },
      { values: ['low', 'xhigh', false], default: 'low' },
    ],
    [
      { reasoning: { supported_efforts: ['none', 'high'], default_effort: 'none' } },
      { values: [false, 'high'], default: false },
    ],
    [
      { supported_reasoning_levels: [{ effort: 'low' }, { effort: 'high' }], default_reasoning_level: 'low' },
      { values: ['low', 'high'], default: 'low' },
    ],
    [{ capabilities: { supports: { reasoning_effort: ['low', 'low'] } } }, { values: ['low'] }],
    [{ reasoning: true }, undefined],
    [{ reasoning_efforts: [] }, undefined],
    [{ reasoning_efforts: [1, null] }, undefined],
    [{}, undefined],
  ])('%j: %j', (raw, levels) => {
    expect(thinkingOf(raw)).toEqual(levels);
  });
});
