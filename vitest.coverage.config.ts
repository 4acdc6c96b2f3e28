import { defineConfig } from 'vitest/config';
import base from './vitest.config.js';

const { projects: _projects, ...test } = base.test ?? {};

/**
 * The rooms that read, translate and adapt. Their lines have to be covered by their own specs alone: what only a whole proxy
 * reaches does not count.
 */
const CORE_ROOMS = [
  'contracts',
  'dialects',
  'errors',
  'json-bytes',
  'messages',
  'primitives',
  'responses',
  'responses-upstream',
  'streaming',
  'translation',
  'virtual-models',
];

/** Per cent, for each room. */
const MIN_LINES = 90;

const pattern = `libs/{${CORE_ROOMS.join()}}/src/**`;

export default defineConfig({
  ...base,
  test: {
    ...test,
    isolate: false,
    include: [`${pattern}/*.spec.ts`],
    coverage: {
      enabled: true,
      provider: 'v8',
      include: [`${pattern}/*.ts`],
      exclude: ['**/*.spec.ts'],
      reporter: ['text-summary', 'json-summary'],
      thresholds: Object.fromEntries(CORE_ROOMS.map((room) => [`libs/${room}/src/**`, { lines: MIN_LINES }])),
    },
  },
});
