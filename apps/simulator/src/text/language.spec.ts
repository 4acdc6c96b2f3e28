import { describe, expect, it } from 'vitest';
import { question, sendJson, startSimulator } from '../../test/support.js';

const NOTICE = 'This answer is made up by the simulator: no language model is involved.';

describe('the language of made-up text', () => {
  it('can be English, which also states that it is made up', async () => {
    const simulator = await startSimulator({ language: 'english' });
    const chat = await sendJson(simulator, '/chat/completions', question('Hi', { model: 'sim-reason' }));
    const { content, reasoning } = chat.choices[0].message as { content: string; reasoning: string };
    expect(content).toContain(`You said: "Hi". ${NOTICE}`);
    expect(content.replaceAll('🙂', '') + reasoning).toMatch(/^[\x20-\x7e]+$/);
    const { choices } = await sendJson(simulator, '/completions', { model: 'sim-chat', prompt: 'Hi', max_tokens: 100 });
    expect(choices[0].text).toContain(NOTICE);
    const long = await sendJson(simulator, '/chat/completions', question('@sim {"tokens":300}\nHi'));
    expect(long.choices[0].message.content.replaceAll('🙂', '')).toMatch(/^[\x20-\x7e]+$/);
  });

  it('is mixed otherwise, without the notice', async () => {
    const simulator = await startSimulator();
    const { choices } = await sendJson(simulator, '/chat/completions', question('@sim {"tokens":300}\nHi'));
    expect(choices[0].message.content).not.toContain(NOTICE);
    expect(choices[0].message.content).toMatch(/\p{Script=Han}/u);
  });
});
