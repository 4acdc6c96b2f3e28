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
    expect(complaints).toEqual([]);
  });
});

describe.skipIf(hasNoBrowser)('/redoc', () => {
  it('shows the reference', async () => {
    const { page, complaints } = await browser.open(`${setup.proxy.url}/redoc`);
    await page.getByText('/api/chat').first().waitFor();
    expect(complaints).toEqual([]);
  });
});
