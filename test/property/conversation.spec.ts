import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ReadText } from '../flows/every-client.js';
import { readText } from '../flows/every-client.js';
import { withProxy } from '../support/with-proxy.js';
import type { Conversation } from './conversations.js';
import { conversation } from './conversations.js';
import { runs } from './seed.js';

const able = { kind: 'chat', contextLength: 32_768, tools: true, vision: true, reasoning: true } as const;
const setup = withProxy({ dialect: 'strictest', catalogue: 'plain', models: [{ id: 'able', ...able }] });

type Sent = readonly { content: string | null | readonly Part[] }[];
interface Part {
  type: string;
  text?: string;
}

async function chat(request: Conversation): Promise<ReadText> {
  const seen = await setup.ask('/api/chat', { model: 'able', ...request });
  expect(seen.status, seen.text).toBe(200);
  return readText('/api/chat', seen);
}

/** All texts in order, of every role; calls without a result have been given one. */
function textsOf(sent: Sent): string[] {
  const parts = sent.flatMap(({ content }): Part[] =>
    Array.isArray(content) ? (content as Part[]) : [{ type: 'text', text: (content as string | null) ?? '' }],
  );
  return parts
    .flatMap(({ type, text }) => (type === 'text' && text ? [text] : []))
    .filter((text) => text !== '(no result)');
}

const imagesOf = (sent: Sent): number =>
  sent.flatMap(({ content }) => (Array.isArray(content) ? content : [])).filter(({ type }) => type === 'image_url')
    .length;

describe('any conversation that is valid for Ollama', () => {
  it('is accepted by the strictest upstream and has one end', { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(conversation, async (request) => {
        setup.simulator.reset();
        await chat(request);
      }),
      runs(500),
    );
  });

  it('reaches it completely: every text and image, in order', { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(conversation, async (request) => {
        setup.simulator.reset();
        await chat(request);
        const sent = setup.lastBody().messages as Sent;
        expect(textsOf(sent)).toEqual(request.messages.flatMap(({ content }) => content || []));
        expect(imagesOf(sent)).toBe(request.messages.reduce((sum, { images = [] }) => sum + images.length, 0));
      }),
      runs(200),
    );
  });
});
