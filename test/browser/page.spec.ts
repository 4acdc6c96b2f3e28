import axe from 'axe-core';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { until } from '../support/ask.js';
import { withProxy } from '../support/with-proxy.js';
import { hasNoBrowser, withBrowser } from './with-browser.js';

const setup = withProxy();
const many = withProxy({
  models: Array.from({ length: 400 }, (_, index) => ({
    id: `maker-${String(index % 20)}/model-${String(index)}`,
    kind: 'chat' as const,
    contextLength: 1000 + index,
    reasoning: index % 100 === 0,
  })),
});
const browser = withBrowser();

async function openPage(options?: Parameters<typeof browser.open>[1]) {
  const visit = await browser.open(setup.proxy.url, options);
  await visit.page.getByText('6 models', { exact: true }).waitFor();
  return visit;
}

/** Sends a message with a script for the simulator in front. */
async function say(page: Page, script: object, model = 'sim-chat:latest'): Promise<void> {
  await page.getByLabel('Model', { exact: true }).selectOption(model);
  await page.getByLabel('Message', { exact: true }).fill(`@sim ${JSON.stringify(script)}\nHello!`);
  await page.getByRole('button', { name: 'Send' }).click();
}

const answerOf = (page: Page) => page.locator('.said.assistant').last();

describe.skipIf(hasNoBrowser)('the page', () => {
  it('shows upstreams, models and how to set up clients, without a complaint', async () => {
    const { page, complaints } = await openPage();
    expect(await page.locator('#upstreams').innerText()).toMatch(
      /default · 127\.0\.0\.1:\d+\s+6 models, list read \d+ s ago\s+Simulator: answers are made up\s+Reachable/,
    );
    const model = page.locator('#models li', { hasText: 'sim-reason' });
    expect(await model.innerText()).toMatch(/context 65,536 tokens\s+completion\s+tools\s+thinking/);
    expect(await page.locator('#setup').innerText()).toContain(`curl ${setup.proxy.url}/api/chat`);
    await page.locator('#setup summary', { hasText: 'LangChain' }).click();
    expect(await page.locator('#setup').innerText()).toContain(`base_url="${setup.proxy.url}"`);
    // Models that do not chat are not offered for it.
    expect(await page.locator('#model').innerText()).not.toContain('sim-embed');
    expect(complaints).toEqual([]);
  });

  it('streams a chat, thinking apart, and remembers the conversation', async () => {
    const { page, complaints } = await openPage();
    await say(
      page,
      { thinking: 'Let me see.', text: '<b>Four</b> words of text.', tokenDelayMs: 30 },
      'sim-reason:latest',
    );
    await page.getByRole('button', { name: 'Stop' }).waitFor();
    await answerOf(page)
      .getByText(/tokens\/s/)
      .waitFor();
    expect(await answerOf(page).locator('> .text').innerText()).toBe('<b>Four</b> words of text.');
    expect(await answerOf(page).locator('.thinking .text').innerText()).toBe('Let me see.');
    expect(await answerOf(page).locator('.figures').innerText()).toMatch(
      /^\d+ tokens · [\d.,]+ tokens\/s · first after/,
    );
    expect(setup.lastBody()).toMatchObject({ model: 'sim-reason' });

    await page.getByLabel('Message', { exact: true }).fill('And then?');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.getByText(/tokens\/s/).count()).toBe(2);
    expect(setup.lastBody().messages).toMatchObject([
      { role: 'user' },
      { role: 'assistant', content: '<b>Four</b> words of text.' },
      { role: 'user', content: 'And then?' },
    ]);
    expect(complaints).toEqual([]);
  });

  it('shows text as it arrives, and cancels here and upstream', async () => {
    const { page, complaints } = await openPage();
    await say(page, { tokens: 2000, tokenDelayMs: 20 });
    await expect.poll(() => answerOf(page).locator('> .text').innerText()).toMatch(/\S/);
    await page.getByRole('button', { name: 'Stop' }).click();
    await answerOf(page).getByText('Stopped.').waitFor();
    const text = await answerOf(page).locator('> .text').innerText();
    expect(await until(() => setup.simulator.requests.at(-1)?.aborted === true, 2000)).toBe(true);
    expect(await answerOf(page).locator('> .text').innerText()).toBe(text);
    expect(await page.getByRole('button', { name: 'Send' }).isEnabled()).toBe(true);
    expect(complaints).toEqual([]);
  });

  it('shows an error in the middle of an answer, and goes on afterwards', async () => {
    const { page, complaints } = await openPage();
    await say(page, { text: 'One two three four five.', errorEvent: 'the GPU is <i>hot</i>', after: 3 });
    const alert = answerOf(page).getByRole('alert');
    await alert.waitFor();
    expect(await alert.innerText()).toContain('the GPU is <i>hot</i>');
    expect(await answerOf(page).locator('.figures').count()).toBe(0);
    await say(page, { text: 'Better now.' });
    await answerOf(page).getByText('Better now.').waitFor();
    expect(complaints).toEqual([]);
  });

  it('shows a refusal in the words of the upstream', async () => {
    const { page } = await openPage();
    await say(page, { status: 400, error: 'that is too long' });
    expect(await answerOf(page).getByRole('alert').innerText()).toMatch(/Error: .*that is too long.*\(400\)/);
    // It can be changed and sent again.
    expect(await page.getByLabel('Message', { exact: true }).inputValue()).toContain('that is too long');
  });

  it('asks for a key where one is needed, and keeps it in this tab', async () => {
    const { page } = await openPage();
    const keys: (string | undefined)[] = [];
    await page.route('**/api/tags', async (route) => {
      const key = route.request().headers().authorization;
      keys.push(key);
      if (key === 'Bearer secret-1') await route.continue();
      else await route.fulfill({ status: 401, json: { error: 'unauthorized' } });
    });
    await page.reload();
    const field = page.getByLabel('This server requires a key');
    await field.fill('wrong');
    await page.keyboard.press('Enter');
    await page.getByText('The key was refused.').waitFor();
    await field.fill('secret-1');
    await page.keyboard.press('Enter');
    await page.getByText('6 models', { exact: true }).waitFor();
    expect(await field.isHidden()).toBe(true);
    expect(keys).toEqual([undefined, 'Bearer wrong', 'Bearer secret-1']);
    // As a string: what runs in the page is not typed for Node.
    expect(await page.evaluate('[localStorage.length, document.cookie, sessionStorage.length]')).toEqual([0, '', 1]);
    expect(await page.locator('#setup').innerText()).toContain('Authorization: Bearer YOUR_KEY');
    await page.getByRole('button', { name: 'Forget the key' }).click();
    await field.waitFor();
    expect(keys.at(-1)).toBeUndefined();
    expect(await page.evaluate('sessionStorage.length')).toBe(0);
    expect(await page.getByRole('button', { name: 'Forget the key' }).isHidden()).toBe(true);
  });

  it('sends a system prompt and a temperature where they are set, and copies answers', async () => {
    const { page, complaints } = await openPage();
    await page.locator('#settings summary').click();
    await page.getByLabel('System prompt').fill('Be brief.');
    await page.getByLabel('Temperature').fill('0.2');
    await say(page, { text: 'Yes.' });
    await answerOf(page).getByRole('button', { name: 'Copy: the answer' }).waitFor();
    expect(setup.lastBody()).toMatchObject({
      temperature: 0.2,
      messages: [{ role: 'system', content: 'Be brief.' }, { role: 'user' }],
    });
    await answerOf(page).getByRole('button', { name: 'Copy: the answer' }).click();
    await answerOf(page).getByText('Copied').waitFor();
    expect(complaints).toEqual([]);
  });

  it('finds its way through 400 models', async () => {
    const { page, complaints } = await browser.open(many.proxy.url);
    await page.getByText('400 models', { exact: true }).waitFor();
    expect(await page.locator('#models li').count()).toBe(30);
    await page.getByRole('button', { name: 'Show more (370 left)' }).click();
    expect(await page.locator('#models li').count()).toBe(60);
    await page.getByLabel(/^Filter models/).fill('thinking 3');
    await page.getByText('1 of 400', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Try maker-0/model-300' }).click();
    expect(await page.getByLabel('Model', { exact: true }).inputValue()).toContain('maker-0/model-300');
    expect(complaints).toEqual([]);
  });

  it('works with the keyboard alone', async () => {
    const { page } = await openPage();
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to the playground');
    await page.keyboard.press('Enter');
    for (const label of ['New chat is disabled, so the model', 'the settings', 'the conversation', 'the message']) {
      await page.keyboard.press('Tab');
      expect([label, await page.evaluate('document.activeElement.id')]).not.toEqual([label, '']);
    }
    expect(await page.evaluate('document.activeElement.id')).toBe('message');
    await page.keyboard.type('Hello!');
    await page.keyboard.press('Enter');
    await answerOf(page)
      .getByText(/tokens\/s/)
      .waitFor();
  });
});

describe.skipIf(hasNoBrowser).each(['light', 'dark'] as const)('the page, %s', (colorScheme) => {
  it.each([1280, 390])('is accessible and fits, %i pixels wide', async (width) => {
    const { page, complaints } = await openPage({
      colorScheme,
      reducedMotion: 'reduce',
      viewport: { width, height: 844 },
      // axe is put into the page, which its policy forbids; the complaints about the policy are another test.
      bypassCSP: true,
    });
    await say(page, { thinking: 'Let me see.', text: 'A word. '.repeat(40) + 'x'.repeat(200) }, 'sim-reason:latest');
    await answerOf(page)
      .getByText(/tokens\/s/)
      .waitFor();
    await say(page, { text: 'One two three.', errorEvent: 'broken', after: 2 });
    await answerOf(page).getByRole('alert').waitFor();
    // Each set-up text is open once; opening one closes the others.
    await page.evaluate(
      'document.querySelectorAll("details").forEach((d) => { d.removeAttribute("name"); d.open = true; })',
    );
    await page.evaluate(axe.source);
    const { violations } = await page.evaluate<{
      violations: { id: string; nodes: { target: string[]; failureSummary: string }[] }[];
    }>('axe.run()');
    expect(
      violations.map(({ id, nodes }) => [id, nodes.map(({ target, failureSummary }) => [target, failureSummary])]),
    ).toEqual([]);
    // Of all boxes only the set-up texts may scroll sideways.
    const tooWide = await page.evaluate<string[]>(
      '[document.documentElement, ...document.querySelectorAll("#log, #models")].filter((box) => box.scrollWidth > box.clientWidth).map((box) => box.id || box.tagName)',
    );
    expect(tooWide).toEqual([]);
    // For looking at: a folder outside the repository.
    const shots = process.env.SCREENSHOTS;
    if (shots) await page.screenshot({ path: `${shots}/${colorScheme}-${String(width)}.png`, fullPage: true });
    expect(complaints).toEqual([]);
  });
});
