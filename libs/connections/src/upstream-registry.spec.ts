import { Logger } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import { afterEach, expect, it, vi } from 'vitest';
import type { Settings } from '#config';
import { readSettings } from '#config';
import { UpstreamRegistry } from './upstream-registry.js';

const settings = readSettings({ OPENAI_API_BASE_URL: 'https://localhost:1/v1', OPENAI_API_KEY: 'x' });

afterEach(() => {
  vi.restoreAllMocks();
});

it('a reload that stops looking at a certificate is warned of, once', async () => {
  const warn = vi.spyOn(Logger.prototype, 'warn').mockReturnValue(undefined);
  const registry = new UpstreamRegistry(
    new ConfigService<Settings, true>({
      ...settings,
      variables: { ...settings.variables, DISABLE_SSL_VERIFICATION: 'true' },
    }),
  );
  expect(warn).not.toHaveBeenCalled();

  registry.reload();
  registry.reload();

  expect(warn).toHaveBeenCalledExactlyOnceWith(expect.stringContaining('are NOT verified'));
  await registry.onApplicationShutdown();
});
