import { describe, expect, it } from 'vitest';
import { withProxy } from '../support/with-proxy.js';
import { hasNoBrowser, withBrowser } from './with-browser.js';

const setup = withProxy();
const browser = withBrowser();

describe.skipIf(hasNoBrowser)('/docs', () => {
  it('tries out a chat and shows the answer', async () => {
    const { page, complaints } = await browser.open(`${setup.proxy.url}/docs`);
    const operation = page.locator('.opblock', { has: page.locator('[data-path="/api/chat"]') });
    await operation.locator('.opblock-summary').click();
    // Swagger UI names its button "Try it out" in both of its places; the first is the one that shows the form.
    await operation.getByRole('button', { name: 'Try it out' }).first().click();
    const chat = { model: 'sim-chat', stream: false, messages: [{ role: 'user', content: 'Hello!' }] };
    await operation.locator('textarea').first().fill(JSON.stringify(chat));
    await operation.getByRole('button', { name: 'Execute' }).click();
    const answer = operation.locator('.live-responses-table .response').first();
    await answer.waitFor();
    expect(await answer.locator('.response-col_status').innerText()).toContain('200');
    expect(await answer.innerText()).toContain('"done": true');
    expect(setup.lastBody().messages).toEqual(chat.messages);
    const description = await operation.locator('.opblock-description').innerText();
    expect(description).toMatch(/^For every client of Ollama/);
    for (const start of ['curl http://localhost:11434/api/chat', 'import urllib.request', 'await fetch('])
      expect(description).toContain(start);
    expect(complaints).toEqual([]);
  });
});

describe.skipIf(hasNoBrowser).each(['light', 'dark'] as const)('the API documents, %s', (colorScheme) => {
  it.each(['/docs', '/redoc'])('%s keep to the colours of the system', async (path) => {
    const { page, complaints } = await browser.open(`${setup.proxy.url}${path}`, { colorScheme });
    await page.getByText('/api/chat').first().waitFor();
    const shots = process.env.SCREENSHOTS;
    if (shots) await page.screenshot({ path: `${shots}${path.replace('/', '/doc-')}-${colorScheme}.png` });
    /** Of the lowest element that has one: red, green, blue. */
    const background = await page.evaluate<number[]>(
      `(() => {
        for (let at = document.elementFromPoint(640, 450); at; at = at.parentElement) {
          const [r, g, b, a = 1] = getComputedStyle(at).backgroundColor.match(/[\\d.]+/g).map(Number);
          if (a > 0) return [r, g, b];
        }
        return [255, 255, 255];
      })()`,
    );
    const isDark = background.every((part) => part < 100);
    expect([background, isDark]).toEqual([background, colorScheme === 'dark']);
    expect(complaints).toEqual([]);
  });
});

describe.skipIf(hasNoBrowser)('/redoc', () => {
  it('shows the reference with code samples', async () => {
    const { page, complaints } = await browser.open(`${setup.proxy.url}/redoc`);
    await page.getByText('/api/chat').first().waitFor();
    await page.goto(`${setup.proxy.url}/redoc#operation/chat`);
    // The first of its languages.
    await page.getByText('http://localhost:11434/api/chat -d').first().waitFor();
    expect(complaints).toEqual([]);
  });
});
