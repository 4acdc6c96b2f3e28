import axe from 'axe-core';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { run, works } from '../docs/run.js';
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
/** It rejects max_tokens. */
const strict = withProxy({ dialect: 'openai-reasoning' });
/** A red dot. */
const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const PICTURE = { name: 'a.png', mimeType: 'image/png', buffer: Buffer.from(PIXEL, 'base64') };

const HOSTILE = [
  '<img src=x onerror="globalThis.hacked = 1">',
  '<script>globalThis.hacked = 1</script>',
  '<svg><script>globalThis.hacked = 1</script></svg>',
  '<math><mtext><table><mglyph><style><img src=x onerror="globalThis.hacked = 1"></style>',
  '<iframe srcdoc="<script>parent.hacked = 1</script>"></iframe>',
  '[click](javascript:globalThis.hacked=1)',
  '[click](JaVaScRiPt&colon;globalThis.hacked=1)',
  '[click](data:text/html,<script>opener.hacked=1</script>)',
  '[click](/ui/page.js "onmouseover=hacked")',
  '![x](https://evil.example/leak.png)',
  '![x" onerror="globalThis.hacked=1](x)',
  '[a]: javascript:globalThis.hacked=1\n\n[a]',
  '<a href="https://evil.example" onclick="globalThis.hacked=1">x</a>',
  '<form action="https://evil.example"><input name=key><button>Send</button></form>',
  '<style>body { display: none }</style><link rel=stylesheet href=https://evil.example>',
  '<div style="position:fixed;inset:0" id="send" class="primary">x</div>',
  '```"><img/src=x/onerror=globalThis.hacked=1>\ncode\n```',
  '| <b onmouseover=globalThis.hacked=1>x</b> |\n|---|\n| <img src=x onerror=globalThis.hacked=1> |',
  '<base href="https://evil.example/"><meta http-equiv=refresh content="0;url=https://evil.example">',
];
/** What Markdown may become. */
const SAFE = {
  tags: ['a', 'br', 'button', 'code', 'div', 'p', 'pre', 'table', 'tbody', 'td', 'th', 'thead', 'tr'],
  attributes: ['href', 'title', 'target', 'rel', 'class', 'tabindex', 'role', 'aria-label', 'type'],
};
interface Elements {
  readonly tags: string[];
  readonly attributes: string[];
  readonly links: string[];
}
/** As a string: what runs in the page is not typed for Node. */
const ELEMENTS = `(() => {
  const all = [...[...document.querySelectorAll('.said.assistant > .text')].at(-1).querySelectorAll('*')];
  return {
    tags: all.map(({ localName }) => localName),
    attributes: all.flatMap(({ attributes }) => [...attributes].map(({ name }) => name)),
    links: all.flatMap((each) => each.getAttribute('href') ?? []),
  };
})()`;
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
  await page.getByRole('button', { name: 'Send', exact: true }).click();
}

const answerOf = (page: Page) => page.locator('.said.assistant').last();

/** Stands below a complete answer. */
const figuresOf = (page: Page) => answerOf(page).getByText(/tokens\/s/);

describe.skipIf(hasNoBrowser)('the page', () => {
  it('shows upstreams, models and how to set up clients, without a complaint', async () => {
    const { page, complaints } = await openPage();
    expect(await page.locator('#upstreams').innerText()).toMatch(
      /default · 127\.0\.0\.1:\d+\s+6 models, list read \d+ s ago\s+Circuit closed · 0 running · 0 queued\s+Simulator: answers are made up\s+Reachable/,
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
    // What was thought is folded once the answer is there.
    expect(await answerOf(page).locator('.thinking .plain-text').isVisible()).toBe(false);
    await answerOf(page).locator('.thinking summary').click();
    expect(await answerOf(page).locator('.thinking .plain-text').innerText()).toBe('Let me see.');
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
    expect(await page.getByRole('button', { name: 'Send', exact: true }).isEnabled()).toBe(true);
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

  it('renders Markdown, and copies code', async () => {
    const { page, complaints } = await openPage();
    const table = '| a | b |\n|---|---|\n| 1 | 2 |\n\n';
    await say(page, { text: `# Title\n\n**bold** text\n\n- one\n- two\n\n${table}\`\`\`js\nlet x = 1;\n\`\`\`\n` });
    await figuresOf(page).waitFor();
    const answer = answerOf(page).locator('> .text');
    expect(await answer.locator('h3').innerText()).toBe('Title');
    expect(await answer.locator('strong').innerText()).toBe('bold');
    expect(await answer.locator('li').allInnerTexts()).toEqual(['one', 'two']);
    expect(await answer.locator('td').allInnerTexts()).toEqual(['1', '2']);
    expect(await answer.locator('pre').innerText()).toBe('let x = 1;');
    await answer.getByRole('button', { name: 'Copy: the code' }).click();
    await answer.getByText('Copied').waitFor();
    expect(complaints).toEqual([]);
  });

  it('makes nothing but text and safe links of hostile Markdown', async () => {
    const { page, complaints } = await openPage();
    for (const hostile of HOSTILE) {
      await say(page, { text: `${hostile}\n\nThe end.` });
      await figuresOf(page).waitFor();
      const answer = answerOf(page).locator('> .text');
      expect(await answer.innerText()).toContain('The end.');
      const { tags, attributes, links } = await page.evaluate<Elements>(ELEMENTS);
      expect([hostile, tags.filter((tag) => !SAFE.tags.includes(tag))]).toEqual([hostile, []]);
      expect([hostile, attributes.filter((name) => !SAFE.attributes.includes(name))]).toEqual([hostile, []]);
      for (const link of links) expect(link).toMatch(/^https:\/\/evil\.example/);
      const found = await page.evaluate('[typeof hacked, document.querySelectorAll("#send").length, document.title]');
      expect([hostile, found]).toEqual([hostile, ['undefined', 1, 'Ollama-OpenAI Proxy']]);
      await page.getByRole('button', { name: 'New chat' }).click();
    }
    expect(complaints).toEqual([]);
  });

  it('attaches images to a message, from files and from the clipboard', async () => {
    const { page, complaints } = await openPage();
    const attach = page.getByRole('button', { name: 'Attach images' });
    expect(await attach.isHidden()).toBe(true);
    await page.getByLabel('Model', { exact: true }).selectOption('sim-vision:latest');
    expect(await attach.isVisible()).toBe(true);
    const text = { name: 'a.txt', mimeType: 'text/plain', buffer: Buffer.from('text') };
    await page.locator('#files').setInputFiles([PICTURE, PICTURE, text]);
    await page.getByRole('button', { name: 'Remove image 2' }).click();
    await page.evaluate(`{
      const clipboardData = new DataTransfer();
      const bytes = Uint8Array.from(atob('${PIXEL}'), (character) => character.charCodeAt(0));
      clipboardData.items.add(new File([bytes], 'b.png', { type: 'image/png' }));
      document.getElementById('message').dispatchEvent(new ClipboardEvent('paste', { clipboardData }));
    }`);
    await page.getByRole('button', { name: 'Remove image 2' }).waitFor();
    await say(page, { status: 400, error: 'not now' }, 'sim-vision:latest');
    await answerOf(page).getByRole('alert').waitFor();
    // A message that failed stays in the composer with its images.
    expect(await page.locator('#images li').count()).toBe(2);
    await say(page, { text: 'A dot.' }, 'sim-vision:latest');
    await answerOf(page).getByText('A dot.').waitFor();
    const url = { type: 'image_url', image_url: { url: `data:image/png;base64,${PIXEL}` } };
    expect(setup.lastBody().messages).toMatchObject([{ role: 'user', content: [{ type: 'text' }, url, url] }]);
    expect(await page.locator('.said.user').last().locator('img').count()).toBe(2);
    expect(await page.locator('#images li').count()).toBe(0);
    expect(complaints).toEqual([expect.stringContaining('400 (Bad Request)')]);
  });

  it('takes tools and options as JSON, shows calls and sends their results', async () => {
    const { page, complaints } = await openPage();
    await page.locator('#settings summary').click();
    const options = page.getByLabel('More options, as JSON');
    await options.fill('{ "seed": 7');
    await page.getByText('This is not JSON').waitFor();
    await page.getByLabel('Message', { exact: true }).fill('What is the weather in Paris?');
    await page.keyboard.press('Enter');
    expect(await page.locator('.said').count()).toBe(0);
    await options.fill('[7]');
    await page.getByText('This has to be an object.').waitFor();
    await options.fill('{ "seed": 7 }');
    await page.getByRole('button', { name: 'Insert an example' }).click();
    await say(page, { calls: [{ name: 'get_weather', arguments: { city: 'Paris' } }] });
    await answerOf(page).getByText('Calls get_weather').waitFor();
    expect(await answerOf(page).locator('.call pre').innerText()).toBe('{\n  "city": "Paris"\n}');
    expect(setup.lastBody()).toMatchObject({ seed: 7, tools: [{ function: { name: 'get_weather' } }] });
    await page.getByLabel('Result of get_weather').fill('22 °C, sunny');
    await page.getByRole('button', { name: 'Send results' }).click();
    await expect.poll(() => page.locator('.said.assistant').count()).toBe(2);
    await figuresOf(page).waitFor();
    expect(setup.lastBody().messages).toMatchObject([
      { role: 'user' },
      { role: 'assistant', tool_calls: [{ function: { name: 'get_weather', arguments: '{"city":"Paris"}' } }] },
      { role: 'tool', content: '22 °C, sunny' },
    ]);
    expect(complaints).toEqual([]);
  });

  it.each([
    ['curl', 'bash', '-c'],
    ['Python', 'python3', '-c'],
    ['JavaScript', process.execPath, '--input-type=module', '-e'],
  ])('shows the request as %s that runs', async (language, program, ...options) => {
    const { page } = await openPage();
    const system = `It's "quoted" \\ and $HOME, é 🙂 true`;
    await page.locator('#settings summary').click();
    await page.getByLabel('System prompt').fill(system);
    await page.getByLabel('More options, as JSON').fill('{ "seed": 7 }');
    await page.getByLabel('Model', { exact: true }).selectOption('sim-reason:latest');
    await page.getByLabel('Message', { exact: true }).fill("What's true?");
    await page.locator('#as-code summary').click();
    await page.getByRole('radio', { name: language }).check();
    const code = await page.locator('#code').innerText();
    if (!works(program, '--version')) return;
    const { status, stdout, stderr } = await run(program, [...options, code], {});
    expect([status, stderr.includes('Traceback')]).toEqual([0, false]);
    expect(stdout).toContain('true?');
    expect(setup.lastBody()).toMatchObject({
      seed: 7,
      messages: [
        { role: 'system', content: system },
        { role: 'user', content: "What's true?" },
      ],
    });
  });

  it('shows figures and what was learned, and forgets it', async () => {
    const { page, complaints } = await browser.open(strict.proxy.url);
    await page.getByText('6 models', { exact: true }).waitFor();
    const options = { temperature: 0.3, num_predict: 50 };
    await strict.ask('/api/chat', { model: 'sim-chat', messages: [{ role: 'user', content: 'Hi' }], options });
    await page.locator('#status-summary').click();
    const row = page.locator('#adaptations li', { hasText: 'max_tokens' });
    expect(await row.innerText()).toMatch(/Because of: 400: .*max_tokens/);
    await expect
      .poll(() => page.locator('#figures').innerText())
      .toMatch(/Requests per minute\s+[\d.]+\s+Running\s+0\s+Queued\s+0\s+Failed since the start\s+\d/);
    const shots = process.env.SCREENSHOTS;
    if (shots) await page.locator('#status').screenshot({ path: `${shots}/status.png` });
    const count = await page.locator('#adaptations li').count();
    await row.getByRole('button', { name: /^Forget: / }).click();
    await expect.poll(() => page.locator('#adaptations .reason').count()).toBe(count - 1);
    await strict.ask('/v1/adaptations', undefined, { method: 'DELETE' });
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
    const text = [
      '### Title\n\n> quoted\n\n1. **one**\n2. `two` and [a link](https://example.com)',
      `|${' a long heading |'.repeat(8)}\n|${'---|'.repeat(8)}\n|${' 1 |'.repeat(8)}`,
      `\`\`\`js\n${'let x = 1; '.repeat(20)}\n\`\`\``,
      'A word. '.repeat(40) + 'x'.repeat(200),
    ].join('\n\n');
    await say(page, { thinking: 'Let me see.', text }, 'sim-reason:latest');
    await figuresOf(page).waitFor();
    const shots = process.env.SCREENSHOTS;
    if (shots) await answerOf(page).screenshot({ path: `${shots}/answer-${colorScheme}-${String(width)}.png` });
    await page.locator('#settings summary').click();
    await page.getByRole('button', { name: 'Insert an example' }).click();
    await say(page, { calls: [{ name: 'get_weather', arguments: { city: 'x'.repeat(80) } }] });
    await answerOf(page).getByText('Calls get_weather').waitFor();
    await page.getByLabel('More options, as JSON').fill('{');
    await page.getByText('This is not JSON').waitFor();
    await page.getByLabel('More options, as JSON').fill('');
    await page.getByLabel('Model', { exact: true }).selectOption('sim-vision:latest');
    await page.locator('#files').setInputFiles([PICTURE, PICTURE]);
    await page.getByRole('button', { name: 'Remove image 2' }).waitFor();
    await say(page, { text: 'One two three.', errorEvent: 'broken', after: 2 }, 'sim-vision:latest');
    await answerOf(page).getByRole('alert').waitFor();
    await page.locator('#files').setInputFiles([PICTURE]);
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
    if (shots) await page.screenshot({ path: `${shots}/${colorScheme}-${String(width)}.png`, fullPage: true });
    expect(complaints).toEqual([]);
  });
});
