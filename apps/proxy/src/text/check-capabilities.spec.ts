import { describe, expect, it } from 'vitest';
import { resolveThink } from './check-capabilities.js';

describe('think', () => {
  const levels = { thinking: { values: ['low', 'xhigh', false], default: 'low' } };

  it.each([
    ['xhigh', 'xhigh'],
    ['medium', 'low'],
    ['', 'low'],
    [true, true],
    [false, false],
    [undefined, undefined],
  ])('%j is %j for a model with levels of its own', (think, expected) => {
    expect(resolveThink(think, levels)).toBe(expected);
  });

  it('is on where the model has not the level and no default', () => {
    expect(resolveThink('max', { thinking: { values: ['low'] } })).toBe(true);
  });

  it.each(['low', 'medium', 'high', 'max'])('%j is known for every model', (think) => {
    expect(resolveThink(think, undefined)).toBe(think);
    expect(resolveThink(think, {})).toBe(think);
  });

  it.each(['extreme', 'High', ''])('%j is refused for a model without levels', (think) => {
    expect(() => resolveThink(think, {})).toThrow(
      `invalid think value: ${JSON.stringify(think)} (must be "high", "medium", "low", "max", true, or false)`,
    );
  });
});
