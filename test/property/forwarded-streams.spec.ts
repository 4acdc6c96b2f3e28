import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AgentStream } from '../../apps/proxy/src/openai/agent-stream.js';
import { CompletionStream } from '../../apps/proxy/src/openai/completion-stream.js';
import { ErrorMask } from '../../apps/proxy/src/openai/error-mask.js';
import { UsageReader } from '../../apps/proxy/src/openai/usage-reader.js';
import { cutAt } from './read-stream.js';
import { runs } from './seed.js';

/** The plain equivalents take the whole text. */

const SECRET = 'SECRET';
const mask = (text: string): string => text.replaceAll(SECRET, '******');

function maskAll(text: string): string {
  let masked = '';
  let rest = text;
  for (;;) {
    const start = /"error"(?!\s*:\s*null)|(?:^|[\r\n])event: ?error/.exec(rest);
    if (!start) return masked + rest;
    const end = /\n\n|\r\n\r\n|\r\r/.exec(rest.slice(start.index));
    const to = end ? start.index + end.index + end[0].length : rest.length;
    masked += rest.slice(0, start.index) + mask(rest.slice(start.index, to));
    rest = rest.slice(to);
  }
}

const END_BYTES = 8192;

function isOver(text: string): boolean {
  const end = `\n${text}`.slice(-END_BYTES - 1);
  const last = text.match(/"finish_reason"\s*:\s*(null|"[^"]*")/g)?.at(-1);
  const isFinished = (value: string | undefined): boolean =>
    value !== undefined && /"finish_reason"\s*:\s*"[^"]/.test(value);
  const hasEnded = /[\r\n]data: *\[DONE\]|"error"\s*:\s*[{"]/.test(end);
  return (isFinished(last) || isFinished(end.slice(1)) || hasEnded) && /([\r\n}]|\[DONE\])\s*$/.test(text);
}

function usageOf(text: string): unknown {
  const counts = [...text.matchAll(/"usage": ?{"prompt_tokens":(\d+),"completion_tokens":(\d+),"total_tokens":\d+}/g)];
  const most = (index: 1 | 2): number => Math.max(...counts.map((found) => Number(found[index])));
  return counts.length === 0 ? undefined : { input: most(1), output: most(2) };
}

const choice = (fields: object, pad = 0): string =>
  `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: 'x'.repeat(pad) }, ...fields }] })}`;

const events = [
  ...[0, 1, 200, 3000, 9000, 70_000].map((pad) => choice({ finish_reason: null }, pad)),
  choice({ finish_reason: 'stop' }),
  choice({ finish_reason: '' }),
  choice({ finish_reason: null }).replace('"finish_reason":', '"finish_reason" : '),
  choice({ finish_reason: 'length' }).replace('"finish_reason":', '"finish_reason": '),
  `data: {"choices":[{"finish_reason":"stop","message":"${'x'.repeat(20_000)}"}]}`,
  choice({ delta: { content: `an error, terror "error": "usage":{ "finish_reason":"stop" ${SECRET} [DONE]` } }),
  `data: {"error":{"message":"${SECRET}"}}`,
  `data: {"a":1,"error" : "${SECRET}"}`,
  'data: {"a":1,"error":null}',
  `event: error\ndata: ${SECRET}`,
  `data: {"type":"error","message":"${SECRET}"}`,
  ...[9000, 150_000].map((pad) => `data: {"choices":[],"image":"${'x'.repeat(pad)}"}`),
  ': keep-alive',
];
const usage = 'data: {"choices":[],"usage":{"prompt_tokens":42,"completion_tokens":1000,"total_tokens":1042}}';

const event = fc.constantFrom(...events);
const separator = fc.constantFrom('\n\n', '\n\n', '\r\n\r\n');
const stream = fc
  .tuple(
    fc.array(event, { maxLength: 12 }),
    fc.constantFrom([], [usage]),
    fc.constantFrom([], ['data: [DONE]'], ['data:[DONE]', ': bye']),
    separator,
    fc.nat({ max: 40 }),
  )
  .map(([some, counts, done, end, missing]) => {
    const text = [...some, ...counts, ...done].map((each) => each + end).join('');
    // Cut off in half of all cases.
    return missing < 20 ? text : text.slice(0, Math.max(0, text.length - missing + 20));
  });
const share = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
/** Also close to each other, and near the end. */
const cuts = fc
  .tuple(fc.array(share, { maxLength: 20 }), fc.array(fc.nat({ max: 60 }), { maxLength: 20 }))
  .map(([shares, ends]) => (length: number) => [
    ...shares,
    ...ends.map((bytes) => Math.max(0, 1 - (bytes + 0.5) / Math.max(1, length))),
  ]);

/** In batches of one to three chunks. */
function feed(text: string, toShares: (length: number) => number[]): { stream: CompletionStream; passed: string } {
  const completion = new CompletionStream();
  const errors = new ErrorMask(mask, true);
  const passed: Uint8Array[] = [];
  const chunks = cutAt(Buffer.from(text), toShares(text.length));
  while (chunks.length > 0) {
    const batch = errors.feed(chunks.splice(0, 1 + (chunks.length % 3)));
    completion.feed(batch);
    passed.push(...batch);
  }
  const rest = errors.flush();
  completion.feed(rest);
  return { stream: completion, passed: Buffer.concat([...passed, ...rest]).toString() };
}

const agentEvent = fc
  .tuple(
    fc.constantFrom('response.created', 'response.output_text.delta', 'response.completed', 'error', ''),
    fc.constantFrom(0, 5, 80, 120, 5000),
    fc.constantFrom('\n\n', '\r\n\r\n'),
  )
  .map(
    ([name, pad, end]) =>
      `event: ${name}${end.slice(end.length / 2)}data: {"delta":"event: error ${'x'.repeat(pad)}"}${end}`,
  );
const agentStream = fc
  .tuple(fc.array(agentEvent, { maxLength: 8 }), fc.nat({ max: 120 }))
  .map(([some, missing]) => some.join('').slice(0, -missing || undefined));

function isAgentStreamOver(text: string): boolean | undefined {
  const name = [...`\n${text}`.matchAll(/[\r\n]event: ([\w.]+)/g)].at(-1)?.[1];
  return name === undefined ? undefined : ['response.completed', 'error'].includes(name);
}

describe('a forwarded stream, cut anywhere', () => {
  it('has the same last event of the Responses API', () => {
    fc.assert(
      fc.property(agentStream, cuts, (text, toShares) => {
        const events = new AgentStream('responses');
        for (const chunk of cutAt(Buffer.from(text), toShares(text.length))) events.feed([chunk]);
        expect(events.isOver).toBe(isAgentStreamOver(text));
      }),
      runs(2000),
    );
  });

  it('is as when it is read as a whole', () => {
    fc.assert(
      fc.property(stream, cuts, (text, toShares) => {
        const { stream: completion, passed } = feed(text, toShares);
        expect(passed).toBe(maskAll(text));
        expect(completion.isOver).toBe(isOver(text));
        const reader = new UsageReader();
        reader.feed([completion.end]);
        expect(reader.usage).toEqual(usageOf(text));
      }),
      runs(3000),
    );
  });
});
