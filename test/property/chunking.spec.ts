import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Script } from '../../apps/simulator/src/simulator.js';
import { scripted } from '../support/ask.js';
import { withProxy } from '../support/with-proxy.js';
import { tool } from '../flows/support.js';
import type { Line, Outcome } from './read-stream.js';
import { cutAt, merge, readChunks, toBytes } from './read-stream.js';
import { runs } from './seed.js';
import type { RecordedStream } from './streams.js';
import { recordStreams } from './streams.js';

const share = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const cuts = fc.array(share, { maxLength: 40 });

describe('a completion is the same however the network cuts it', () => {
  let streams: RecordedStream[];
  let expected: Map<RecordedStream, Outcome>;

  beforeAll(async () => {
    streams = await recordStreams();
    expected = new Map(streams.map((stream) => [stream, readChunks(stream, [stream.bytes])]));
  });

  it('has streams of every kind', () => {
    const outcomes = [...expected.values()];
    expect(streams.length).toBeGreaterThan(150);
    expect(outcomes.filter(({ text }) => text.includes('🙂')).length).toBeGreaterThan(30);
    expect(outcomes.filter(({ thinking }) => thinking.includes('🤔')).length).toBeGreaterThan(15);
    expect(outcomes.filter(({ calls }) => calls.length > 1).length).toBeGreaterThan(20);
    expect(outcomes.filter(({ logprobs }) => logprobs.length > 0).length).toBeGreaterThan(20);
    expect(outcomes.filter(({ failure }) => failure !== undefined).length).toBeGreaterThan(20);
    expect(new Set(outcomes.map(({ end }) => end?.reason))).toEqual(new Set(['stop', 'length', undefined]));
  });

  it('byte by byte', () => {
    for (const stream of streams) {
      expect(readChunks(stream, toBytes(stream.bytes)), stream.name).toEqual(expected.get(stream));
    }
  });

  it('after a byte order mark, cut anywhere', () => {
    for (const stream of streams) {
      const marked = Uint8Array.from([0xef, 0xbb, 0xbf, ...stream.bytes]);
      for (const pieces of [[marked], [marked.subarray(0, 1), marked.subarray(1)], toBytes(marked)]) {
        expect(readChunks(stream, pieces), stream.name).toEqual(expected.get(stream));
      }
    }
  });

  it('with any cuts', () => {
    fc.assert(
      fc.property(fc.nat(), cuts, (pick, shares) => {
        const stream = streams[pick % streams.length]!;
        expect(readChunks(stream, cutAt(stream.bytes, shares)), stream.name).toEqual(expected.get(stream));
      }),
      runs(3000),
    );
  });
});

describe('a completion is the same however the upstream cuts its text', () => {
  const chat = { path: '/chat/completions', type: 'text/event-stream' } as const;

  function answerOf(deltas: readonly object[]): Outcome {
    const choices = [...deltas.map((delta) => ({ index: 0, delta })), { index: 0, delta: {}, finish_reason: 'stop' }];
    const events = choices.map((choice) => `data: ${JSON.stringify({ choices: [choice] })}\n\n`);
    const { end: _counts, ...outcome } = readChunks(chat, [new TextEncoder().encode(events.join(''))]);
    return { ...outcome, end: undefined };
  }

  const pieces = (text: string, shares: readonly number[]): string[] => {
    const places = [...new Set(shares.map((each) => Math.floor(each * text.length)))].sort((a, b) => a - b);
    return [0, ...places].map((start, index) => text.slice(start, places[index]));
  };

  const spaces = fc.constantFrom('', ' ', '\n', '\r\n\r\n', '\t ');
  const words = fc.constantFrom('', 'a', 'so be it 🙂', '<', '</', '</think', '<think', '<think>', 'x < y');
  const answer = fc
    .tuple(spaces, fc.constantFrom('', '<think>', '<thinking>'), spaces, words, words, spaces, words)
    .map(([before, open, inside, thought, more, after, rest]) =>
      [before, open, inside, thought, more, open.replace('<', '</'), after, rest].join(''),
    );

  it('thinking between tags included', () => {
    fc.assert(
      fc.property(answer, fc.array(share, { maxLength: 10 }), (text, shares) => {
        const cut = pieces(text, shares).map((content) => ({ content }));
        expect(answerOf(cut)).toEqual(answerOf([{ content: text }]));
      }),
      runs(3000),
    );
  });

  it('the arguments of calls included', () => {
    const values = fc.dictionary(fc.string({ maxLength: 5 }), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 4 });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(values, fc.array(share, { maxLength: 8 })), { minLength: 1, maxLength: 3 }),
        (made) => {
          const deltas = made.flatMap(([value, shares], index) => {
            const head = { index, id: `id_${String(index)}`, type: 'function', function: { name: 'f', arguments: '' } };
            const rest = pieces(JSON.stringify(value), shares).map((part) => ({
              index,
              function: { arguments: part },
            }));
            return [head, ...rest].map((fragment) => ({ tool_calls: [fragment] }));
          });
          const expected = made.map(([value], index) => ({
            id: `id_${String(index)}`,
            function: { index, name: 'f', arguments: JSON.parse(JSON.stringify(value)) as unknown },
          }));
          expect(answerOf(deltas).calls).toEqual(expected);
        },
      ),
      runs(1000),
    );
  });
});

describe('over HTTP, one to three bytes at a time', () => {
  const setups = (['lenient', 'cerebras', 'perplexity', 'vllm'] as const).map((dialect) => ({
    dialect,
    setup: withProxy({ dialect, catalogue: 'plain' }),
  }));
  const scripts: Script[] = [{ text: 'Äh, 日本 🙂.', thinking: 'Hm 🤔.' }, { toolCalls: 2 }];
  const cases = setups.flatMap((each) => scripts.map((script) => ({ ...each, script })));

  async function chat({ dialect, setup }: (typeof setups)[number], script: Script): Promise<Outcome> {
    const seen = await setup.ask('/api/chat', {
      model: 'sim-reason',
      messages: [scripted(script)],
      ...(script.toolCalls && dialect !== 'perplexity' && { tools: [tool('weather')] }),
    });
    expect(seen.status, seen.text).toBe(200);
    const outcome = merge(seen.lines as unknown as Line[], undefined);
    // The prompt holds the script, which is what differs.
    return { ...outcome, end: { ...outcome.end, prompt: 0 } };
  }

  it('the answers are the same as in one piece', async () => {
    await Promise.all(
      cases.map(async ({ script, ...each }) => {
        const [whole, dripping] = await Promise.all([chat(each, script), chat(each, { ...script, dripMs: 0.01 })]);
        expect(dripping, each.dialect).toEqual(whole);
      }),
    );
  });
});
