import { defineConfig } from 'vitest/config';
import base from './vitest.config.js';

const { projects: _projects, ...test } = base.test ?? {};

/** The suite that needs a browser; it says that it is skipped where there is none. */
export default defineConfig({
  ...base,
  test: { ...test, include: ['test/browser/**/*.spec.ts'], testTimeout: 60_000, hookTimeout: 60_000 },
});
