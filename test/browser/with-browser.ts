import { existsSync } from 'node:fs';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { chromium } from 'playwright-core';
import { afterAll, beforeAll, onTestFinished } from 'vitest';

/** Where Debian and others put it; the tests bring no browser along. */
const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);

/** For describe.skipIf: the report then counts the tests as skipped. */
export const hasNoBrowser = executablePath === undefined;
if (hasNoBrowser) process.stderr.write('SKIPPED the browser tests: there is no Chromium (apt-get install chromium)\n');

export interface Visit {
  readonly page: Page;
  /** Errors in the console, uncaught exceptions, and requests to other places than the server of the page. */
  readonly complaints: string[];
}

/** A browser for the tests of a file. */
export function withBrowser(): { open(url: string, options?: BrowserContextOptions): Promise<Visit> } {
  let browser: Browser | undefined;
  beforeAll(async () => {
    if (executablePath) browser = await chromium.launch({ executablePath });
  });
  afterAll(async () => {
    await browser?.close();
  });
  return {
    async open(url, options = {}) {
      if (!browser) throw new Error('there is no browser');
      const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
      onTestFinished(() => context.close());
      const page = await context.newPage();
      const complaints: string[] = [];
      page.on('console', (message) => {
        if (message.type() === 'error') complaints.push(`console: ${message.text()}`);
      });
      page.on('pageerror', (error) => complaints.push(`exception: ${error.message}`));
      page.on('request', (request) => {
        const { origin, protocol } = new URL(request.url());
        if (protocol !== 'data:' && protocol !== 'blob:' && origin !== new URL(url).origin)
          complaints.push(`outside: ${request.url()}`);
      });
      await page.goto(url);
      return { page, complaints };
    },
  };
}
