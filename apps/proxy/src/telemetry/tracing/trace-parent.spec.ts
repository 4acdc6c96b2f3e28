import { expect, it } from 'vitest';
import { parentSpanOf } from './trace-parent.js';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';

it.each([
  [`00-${TRACE}-${SPAN}-01`, 1],
  [`00-${TRACE}-${SPAN}-00`, 0],
  [`01-${TRACE}-${SPAN}-03-more`, 1],
])('%s names a caller', (traceparent, traceFlags) => {
  expect(parentSpanOf({ traceparent })).toEqual({ traceId: TRACE, spanId: SPAN, traceFlags, isRemote: true });
});

it.each([
  undefined,
  '',
  'nonsense',
  `ff-${TRACE}-${SPAN}-01`,
  `00-${'0'.repeat(32)}-${SPAN}-01`,
  `00-${TRACE}-${'0'.repeat(16)}-01`,
  `00-${TRACE.toUpperCase()}-${SPAN}-01`,
  `00-${TRACE}-${SPAN}-011`,
])('%s names none', (traceparent) => {
  expect(parentSpanOf({ ...(traceparent !== undefined && { traceparent }) })).toBeUndefined();
});
