import { defineConfig } from 'vitest/config';
import base from './vitest.config.js';

/** The suite that needs a real backend; everything else runs in `npm test`. */
export default defineConfig({
  ...base,
  test: { ...base.test, include: ['test/live/**/*.spec.ts'], exclude: ['node_modules/**'], testTimeout: 60_000 },
});
