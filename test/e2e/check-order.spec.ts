import { describe, expect, it } from 'vitest';
import { withProxy } from '../support/with-proxy.js';

const setup = withProxy();

/** Every request holds the mistakes of the rows below it, too. */
const MISTAKES: readonly [string, Record<string, unknown>, number, string][] = [
  ['top_logprobs', { top_logprobs: 21 }, 400, 'top_logprobs must be between 0 and 20'],
  ['model name', { model: '' }, 400, 'model is required'],
  ['thinking', { model: 'sim-embed', think: true }, 400, '"sim-embed" does not support thinking'],
  ['chat', { model: 'sim-embed' }, 400, '"sim-embed" does not support chat'],
  ['options', { options: { seed: 'x' } }, 500, 'option "seed" must be of type integer'],
];

describe('a chat request with several mistakes', () => {
  it.each(MISTAKES.map((mistake, at) => [mistake[0], at] as const))(
    'is refused for its %s first',
    async (_name, at) => {
      const request = Object.assign(
        { model: 'sim-chat', messages: [{ role: 'user', content: 'x' }] },
        ...MISTAKES.slice(at)
          .toReversed()
          .map(([, fields]) => fields),
      ) as object;
      const [, , status, error] = MISTAKES[at]!;

      const seen = await setup.ask('/api/chat', request);

      expect([seen.status, seen.lines]).toEqual([status, [{ error }]]);
      expect(setup.simulator.requests.filter(({ method }) => method === 'POST')).toEqual([]);
    },
  );

  it('is refused for `raw` with a system prompt before its options on generate', async () => {
    const request = { model: 'sim-chat', prompt: 'x', raw: true, system: 'x', options: { seed: 'x' } };
    const seen = await setup.ask('/api/generate', request);
    expect([seen.status, seen.lines]).toEqual([
      400,
      [{ error: 'raw mode does not support template, system, or context' }],
    ]);
  });
});
