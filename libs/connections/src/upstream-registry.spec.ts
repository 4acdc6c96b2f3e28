import { Logger } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import { afterEach, expect, it, vi } from 'vitest';
import type { Settings } from '#config';
import { readSettings } from '#config';
import { UpstreamRegistry } from './upstream-registry.js';

const settings = readSettings({ OPENAI_API_BASE_URL: 'https://localhost:1/v1', OPENAI_API_KEY: 'x' });

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
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

it('a reload keeps a replaced connection until no call waits for it', async () => {
  vi.useFakeTimers();
  vi.spyOn(Logger.prototype, 'log').mockReturnValue(undefined);
  const variables: Record<string, string | undefined> = {
    OPENAI_API_BASE_URL: 'http://localhost:1/v1',
    MAX_CONCURRENT_REQUESTS: '1',
    QUEUE_TIMEOUT: '3600',
  };
  const registry = new UpstreamRegistry(new ConfigService<Settings, true>({ ...readSettings(variables), variables }));
  const [old] = registry.current.connections;
  const close = vi.spyOn(old!, 'close');
  const context = { correlationId: 'x', signal: new AbortController().signal };
  const running = await old!.gate.acquire(context);
  const waiting = Promise.resolve(old!.gate.acquire(context));

  variables.CONNECT_TIMEOUT = '7';
  registry.reload();
  expect(registry.current.connections[0]).not.toBe(old);
  await vi.advanceTimersByTimeAsync(600_000);
  expect(close).not.toHaveBeenCalled();

  old!.gate.release(running, 'succeeded', {});
  old!.gate.release(await waiting, 'succeeded', {});
  await vi.advanceTimersByTimeAsync(60_000);
  expect(close).toHaveBeenCalledOnce();
  await registry.onApplicationShutdown();
});
