import { defineConfig } from 'vitest/config';

// The condition makes "#lib" mean the lib's source; both blocks are needed, or a stale dist would be read.
const resolve = { conditions: ['workspace-src'] };

export default defineConfig({
  resolve,
  ssr: { resolve },
  test: {
    setupFiles: ['test/setup.ts'],
    include: ['apps/**/*.spec.ts', 'libs/**/*.spec.ts', 'test/**/*.spec.ts'],
    exclude: ['test/live/**', 'node_modules/**'],
    // The leak test weighs the heap.
    execArgv: ['--expose-gc'],
    // Loading Nest anew for each file takes longer than the tests.
    isolate: false,
    testTimeout: 20_000,
    coverage: { provider: 'v8', include: ['apps/**', 'libs/**'] },
  },
});
