import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

// The condition makes "#lib" mean the lib's source; both blocks are needed, or a stale dist would be read.
const resolve = { conditions: ['workspace-src'] };

/** Suites that look at their whole process: its log, its handles, its heap. */
const ALONE = [
  'test/e2e/correlation.spec.ts',
  'test/e2e/leaks.spec.ts',
  'test/e2e/limits.spec.ts',
  'test/e2e/secrets.spec.ts',
  'test/e2e/cancellation.spec.ts',
  'test/e2e/start.spec.ts',
  'test/e2e/workers.spec.ts',
  'test/e2e/replicas.spec.ts',
  'test/e2e/shutdown.spec.ts',
  'test/e2e/young-generation.spec.ts',
];

/**
 * Suites of the routes that requests reach without Express (routes/direct-routes.ts), and of what a request passes on the
 * way to them; they run through Express, too. `TEST_ROUTES=express npx vitest run --project all test/e2e` runs all.
 */
const OF_DIRECT_ROUTES = [
  ...[
    'chat',
    'generate',
    'embeddings',
    'openai',
    'messages',
    'native-responses',
    'images',
    'tools',
    'think',
    'tracing',
  ],
  ...['absolute-form', 'agent-errors', 'body-limits', 'call-headers', 'check-order', 'errors', 'keys', 'loop'],
  ...['one-route', 'origins', 'pollution', 'virtual-models'],
].map((name) => `test/e2e/${name}.spec.ts`);

const EVERYTHING = ['apps/**/*.spec.ts', 'libs/**/*.spec.ts', 'test/**/*.spec.ts'];

export default defineConfig({
  resolve,
  ssr: { resolve },
  test: {
    globalSetup: ['test/temporary-folder.ts'],
    setupFiles: ['test/setup.ts'],
    // The leak test weighs the heap.
    execArgv: ['--expose-gc'],
    testTimeout: 20_000,
    // Most suites wait more than they compute: two at a time also where there are two processors.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    // A busy machine may stall for seconds; a fault fails twice.
    retry: 1,
    coverage: { provider: 'v8', include: ['apps/**', 'libs/**'] },
    projects: [
      // Loading Nest anew for each file takes longer than the tests.
      {
        extends: true,
        test: {
          name: 'all',
          isolate: false,
          include: EVERYTHING,
          exclude: ['test/live/**', 'test/browser/**', 'test/agents/**', ...ALONE],
        },
      },
      {
        extends: true,
        test: { name: 'express', isolate: false, include: OF_DIRECT_ROUTES, env: { TEST_ROUTES: 'express' } },
      },
      // They measure milliseconds and memory; on a busy machine one measurement may be disturbed, three are not.
      { extends: true, test: { name: 'alone', include: ALONE, retry: 2, maxWorkers: 1 } },
    ],
  },
});
