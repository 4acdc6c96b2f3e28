import { defineConfig } from 'vitest/config';
import base from './vitest.config.js';

const { projects: _projects, ...test } = base.test ?? {};

/** The suite that runs real agents, whose packages are installed beside the project's own. */
export default defineConfig({
  ...base,
  test: {
    ...test,
    include: ['test/agents/**/*.spec.ts'],
    globalSetup: ['test/agents/install.ts'],
    testTimeout: 100_000,
    retry: 0,
    // Each agent takes half a gigabyte of memory.
    maxWorkers: 2,
  },
});
