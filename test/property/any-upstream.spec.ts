import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DialectName } from '../../apps/simulator/src/simulator.js';
import { withProxy } from '../support/with-proxy.js';
import { conversation } from './conversations.js';
import { oddTools } from './odd-tools.js';
import { runs } from './seed.js';

/** The strictest dialect of each family of upstreams. */
const DIALECTS: DialectName[] = [
  'strictest',
  'openai-reasoning',
  'mistral',
  'groq',
  'gemini-3',
  'deepseek-v4',
  'moonshot',
  'openrouter',
  'cerebras',
  'fireworks',
  'lmstudio',
  'vllm',
  'llamacpp',
  'chat-template',
  'anthropic',
];

const RUNS = 12;

/** Adaptations are kept per model: a model for each run begins without any, the last one has those of its other runs. */
const MODELS = Array.from({ length: RUNS + 1 }, (_, index) => `able-${String(index)}`);
const able = { kind: 'chat', contextLength: 32_768, tools: true, vision: true, reasoning: true } as const;

const request = fc
  .tuple(conversation, fc.option(oddTools, { nil: undefined }))
  .map(([base, tools]) => ({ ...base, ...(tools && { tools }) }));

describe.each(DIALECTS)('any conversation with any tools, for an upstream with dialect %s', (dialect) => {
  const setup = withProxy({ dialect, catalogue: 'plain', models: MODELS.map((id) => ({ id, ...able })) });

  it.each([
    ['from a cold start, streamed', true, MODELS],
    ['from a cold start, not streamed', false, MODELS],
    ['after the adaptations of others', true, MODELS.slice(-1)],
  ])('has an answer %s', { timeout: 120_000 }, async (_case, stream, models) => {
    let run = 0;
    await fc.assert(
      fc.asyncProperty(request, async (body) => {
        setup.simulator.reset();
        const model = models[Math.min(run, models.length - 1)];
        run += 1;
        const { status, text, lines } = await setup.ask('/api/chat', { ...body, model, stream });
        expect(status, text).toBe(200);
        expect(lines.at(-1), text).toMatchObject({ done: true });
        expect(lines.filter(({ done }) => done)).toHaveLength(1);
      }),
      runs(RUNS),
    );
  });
});
