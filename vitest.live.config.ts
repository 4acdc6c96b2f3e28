import { defineConfig } from 'vitest/config';
import base from './vitest.config.js';

const { projects: _projects, ...test } = base.test ?? {};

/** The suite that needs a real backend; everything else runs in `npm test`. */
export default defineConfig({ ...base, test: { ...test, include: ['test/live/**/*.spec.ts'], testTimeout: 60_000 } });
