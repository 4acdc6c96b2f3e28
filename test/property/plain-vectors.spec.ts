import { describe, expect, it } from 'vitest';
import { parseJson } from '#connections';
import { takeNumberLists } from '#json-bytes';
import type { EmbeddedBatch } from '../../libs/translation/src/embed/vectors.js';
import { readEmbeddings, toJson } from '../../libs/translation/src/embed/vectors.js';
import { propertySeed } from './seed.js';

/** The long form: PLAIN_VECTORS_ANSWERS=1000000 npm test -- test/property/plain-vectors.spec.ts */
const ANSWERS = Number(process.env.PLAIN_VECTORS_ANSWERS ?? 20_000);

type Random = () => number;

describe('vectors that are kept as bytes', () => {
  it(`are those that JSON.parse reads, in ${String(ANSWERS)} answers`, { timeout: 300_000 }, () => {
    const random = mulberry(propertySeed());
    let short = 0;
    let failed = 0;
    for (let turn = 0; turn < ANSWERS; turn += 1) {
      const inputs = Math.floor(random() * 4) + 1;
      const text = makeAnswer(inputs, random);
      const parts = cut(Buffer.from(text), random);
      const fast = outcomeOf(() => readEmbeddings(parts, inputs, parseJson));
      // No parts are no JSON, so that `parse` is called.
      expect(fast, text).toEqual(outcomeOf(() => readEmbeddings([], inputs, () => parseJson(parts))));
      if (takeNumberLists(parts, 'embedding')) short += 1;
      if (typeof fast === 'string') failed += 1;
    }
    // Otherwise nothing was compared.
    expect(short).toBeGreaterThan(ANSWERS / 3);
    expect(failed).toBeGreaterThan(ANSWERS / 20);
  });
});

function outcomeOf(read: () => EmbeddedBatch): unknown {
  try {
    const { vectors, promptTokens } = read();
    return {
      promptTokens,
      vectors: [...vectors].map((vector) => {
        const numbers = JSON.parse(Buffer.from(toJson(vector)).toString()) as number[];
        expect(vector.length).toBe(numbers.length);
        const squares = numbers.reduce((sum, value) => sum + value * value, 0);
        if ('squares' in vector) expect(Math.abs(vector.squares - squares)).toBeLessThanOrEqual(1e-7 * squares);
        // A zero below zero is written without its sign.
        return numbers.map((value) => value + 0);
      }),
    };
  } catch (failure) {
    return String(failure);
  }
}

/** In pieces as a network would bring it: one, some, or many small ones. */
function cut(bytes: Buffer, random: Random): Buffer[] {
  const most = pick([Infinity, 100, 10, 1], random);
  const parts: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    const size = most === Infinity ? bytes.length : Math.ceil(random() * most);
    parts.push(bytes.subarray(at, at + size));
    at += size;
  }
  return parts;
}

/** Mostly as upstreams answer, mixed with everything that a response may contain, some of it damaged. */
function makeAnswer(inputs: number, random: Random): string {
  const count = random() < 0.05 ? inputs + 1 : inputs;
  const indexed = pick(['place', 'place', 'none', 'turned', 'zero', 'null'] as const, random);
  const odd = random() < 0.3 ? Math.floor(random() * count) : -1;
  const entries = Array.from({ length: count }, (_, position) => {
    const index = { place: position, none: undefined, turned: count - 1 - position, zero: 0, null: null }[indexed];
    const indexField = index === undefined ? '' : `"index":${String(index)},`;
    if (position === odd) return makeOdd(indexField, random);
    return `{"object":"embedding",${indexField}"embedding":${makeList(random)}}`;
  });
  const usage = pick(
    ['', ',"usage":{"prompt_tokens":7,"total_tokens":7}', ',"usage":null', ',"usage":{"total_tokens":3}'],
    random,
  );
  const model = pick(['m', 'vendor/m', 'größe 🙂', 'a[1]b', 'embedding', 'BAAI\\/bge', 'q\\"embedding'], random);
  const whole = `{"object":"list","data":[${entries.join(',')}],"model":"${model}"${usage}}`;
  return damage(space(whole, random), random);
}

function makeOdd(indexField: string, random: Random): string {
  const list = makeList(random);
  return pick(
    [
      `{${indexField}"embedding":[${list}]}`,
      `{${indexField}"embedding":"${Buffer.from(new Float32Array([0.5, -0.25, 0.125]).buffer).toString('base64')}"}`,
      `{${indexField}"embedding":[0.1,NaN]}`,
      `{${indexField}"embedding":[0.1,null]}`,
      `{${indexField}"embedding":[1e999,1]}`,
      `{${indexField}"embedding":[1e-300,0]}`,
      `{${indexField}"embedding":[1e200]}`,
      `{${indexField}"embedding":[${'9'.repeat(400)}]}`,
      `{${indexField}"embedding":["1"]}`,
      `{${indexField}"embedding":[01]}`,
      `{${indexField}"embedding":[1.]}`,
      `{${indexField}"embedding":[.5]}`,
      `{${indexField}"embedding":[+1]}`,
      `{${indexField}"embedding":[-]}`,
      `{${indexField}"embedding":[1e]}`,
      `{${indexField}"embedding":[1,]}`,
      `{${indexField}"embedding":[1 2]}`,
      `{${indexField}"embedding":[]}`,
      `{${indexField}"embedding":${list}5}`,
      `{${indexField}"embedding":${list}.5}`,
      `{${indexField}"embedding":5${list}}`,
      `{${indexField}"embedding":0}`,
      `{${indexField}"embedding":null}`,
      `{${indexField}"embedd\\u0069ng":${list}}`,
      `{${indexField}"embedd\\u0069ng":0,"other":{"embedding":${list}}}`,
      `{${indexField}"embedding":${list},"embedding":${makeList(random)}}`,
      `{${indexField}"embedding":${list},"more":{"embedding":${list}}}`,
      `{${indexField}"x\\"embedding":${list},"embedding":${list}}`,
      `{${indexField}"embeddings":${list}}`,
      `{${indexField}"text":"\\"embedding\\":[1]","embedding":${list}}`,
      `{${indexField}"text":"${'long ] '.repeat(1000)}","embedding":${list}}`,
      `{${indexField}"__proto__":{"embedding":${list}}}`,
      '{"error":{"message":"too long"}}',
      'null',
      list,
    ],
    random,
  );
}

function makeList(random: Random): string {
  return `[${Array.from({ length: Math.floor(random() * 12) + 1 }, () => makeNumber(random)).join(',')}]`;
}

function makeNumber(random: Random): string {
  const value = (random() - 0.5) * pick([1, 1, 0.01, 1000, 1e12], random);
  return pick(
    [
      value.toFixed(9),
      String(value),
      value.toExponential(),
      value.toExponential(3).replace('e', 'E'),
      String(Math.round(value)),
      String(Math.fround(value)),
      '0',
      '-0.0',
      '0E-5',
      '1e-45',
      '12345678901234567890.5',
      '0.00000000000000000001234567890123',
    ],
    random,
  );
}

/** As Python writes it, over several lines, or with every kind of space anywhere. */
function space(text: string, random: Random): string {
  const kind = random();
  if (kind < 0.5) return text;
  if (kind < 0.65) return text.replaceAll(',', ', ').replaceAll(':', ': ');
  if (kind < 0.8) return text.replaceAll(/[[{,]/g, '$&\n    ').replaceAll(/[\]}]/g, '\r\n$&');
  return text.replaceAll(/[[\]{},:]/g, (mark) => `${pick(['', ' ', '\t'], random)}${mark}${pick(['', '\n '], random)}`);
}

function damage(text: string, random: Random): string {
  const kind = random();
  if (kind < 0.03) return `\uFEFF${text}`;
  if (kind < 0.05) return text.slice(0, Math.floor(random() * text.length));
  if (kind < 0.06) return text.replace(']', ']\uFEFF');
  if (kind > 0.09) return text;
  const at = Math.floor(random() * text.length);
  return (
    text.slice(0, at) + pick(['', '"', '[', ']', ',', '\uFEFF', '-', '0', '.', 'e', '\\'], random) + text.slice(at + 1)
  );
}

function pick<T>(items: readonly T[], random: Random): T {
  return items[Math.floor(random() * items.length)] as T;
}

function mulberry(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
