import { describe, expect, it } from 'vitest';
import type { OllamaToolCall, OpenAiToolCallDelta } from '#contracts';
import { TranslationError } from '#errors';
import { ToolCallCollector } from './tool-call-collector.js';

interface Row {
  quirk: string;
  fragments: OpenAiToolCallDelta[];
  /** Id, name and arguments of each. */
  calls: string[];
}

/** The ways in which upstreams split tool calls. */
const ROWS: Row[] = [
  {
    quirk: 'the id on the first fragment only',
    fragments: [part(0, 'a', 'f', ''), part(0, undefined, undefined, '{"x"'), part(0, undefined, undefined, ':1}')],
    calls: ['a f {"x":1}'],
  },
  {
    quirk: 'an empty id on the others',
    fragments: [part(0, 'a', 'f', '{"x"'), { ...part(0, '', undefined, ':1}'), type: '' }],
    calls: ['a f {"x":1}'],
  },
  {
    quirk: 'null for id and name on the others',
    fragments: [part(0, 'a', 'f', '{"x"'), part(0, null, null, ':1}')],
    calls: ['a f {"x":1}'],
  },
  {
    quirk: 'the same id on every fragment',
    fragments: [part(0, '0', 'f', '{'), part(0, '0', null, '"x"'), part(0, '0', null, ':1'), part(0, '0', null, '}')],
    calls: ['0 f {"x":1}'],
  },
  {
    quirk: 'several objects as the arguments of one call',
    fragments: [part(0, 'a', 'f', '{"x":1}{"x":2} {"x":3}')],
    calls: ['a f {"x":1}', 'new1 f {"x":2}', 'new2 f {"x":3}'],
  },
  {
    quirk: 'an empty object before the arguments',
    fragments: [part(0, 'a', 'f', '{}'), part(0, undefined, undefined, '{"x"'), part(0, undefined, undefined, ':"}"}')],
    calls: ['a f {"x":"}"}'],
  },
  {
    quirk: 'markers of the harmony format in the name',
    fragments: [
      part(0, 'a', 'f<|channel|>commentary', '{"x":1}'),
      part(1, 'b', 'g', ''),
      part(1, undefined, '<|constrain|>json', ''),
      part(1, undefined, undefined, '{}'),
    ],
    calls: ['a f {"x":1}', 'b g {}'],
  },
  {
    quirk: 'no id at all',
    fragments: [part(0, '', 'f', '{"x":1}')],
    calls: ['new1 f {"x":1}'],
  },
  {
    quirk: 'no id for the second call',
    fragments: [part(0, 'a', 'f', '{}'), part(1, undefined, 'g', '{"y"'), part(1, undefined, undefined, ':2}')],
    calls: ['a f {}', 'new1 g {"y":2}'],
  },
  {
    quirk: 'the same id for two calls',
    fragments: [part(0, '0', 'f', '{}'), part(1, '0', 'g', '{}')],
    calls: ['0 f {}', 'new1 g {}'],
  },
  {
    quirk: 'the same index for calls with different ids',
    fragments: [part(0, '0', 'f', '{"x":1}'), part(0, '1', 'g', '{"y"'), part(0, '1', null, ':2}')],
    calls: ['0 f {"x":1}', '1 g {"y":2}'],
  },
  {
    quirk: 'the same index for calls of one function with different ids',
    fragments: [part(0, 'a', 'f', '{"x":1}'), part(0, 'b', 'f', ''), part(0, undefined, undefined, '{"x":2}')],
    calls: ['a f {"x":1}', 'b f {"x":2}'],
  },
  {
    quirk: 'the same index and no id, each call whole',
    fragments: [part(0, 'a', 'f', '{"x":1}'), part(0, undefined, 'g', '{"y":2}')],
    calls: ['a f {"x":1}', 'new1 g {"y":2}'],
  },
  {
    quirk: 'the same index and no id, the second call in pieces',
    fragments: [part(0, 'a', 'f', '{"x":1}'), part(0, undefined, 'g', ''), part(0, undefined, undefined, '{"y":2}')],
    calls: ['a f {"x":1}', 'new1 g {"y":2}'],
  },
  {
    quirk: 'the same index, neither id nor name, each call whole',
    fragments: [part(0, 'a', 'f', '{"x":1}'), part(0, undefined, undefined, '{"x":2}')],
    calls: ['a f {"x":1}', 'new1 f {"x":2}'],
  },
  {
    quirk: 'no index but ids',
    fragments: [part(undefined, 'a', 'f', '{"x":1}'), part(undefined, 'b', 'g', '{'), part(undefined, 'b', null, '}')],
    calls: ['a f {"x":1}', 'b g {}'],
  },
  {
    quirk: 'no index on the others',
    fragments: [part(0, 'a', 'f', '{"x"'), part(undefined, undefined, undefined, ':1}')],
    calls: ['a f {"x":1}'],
  },
  {
    quirk: 'neither index nor id',
    fragments: [part(undefined, undefined, 'f', '{"x"'), part(null, null, '', ':1}'), part(null, null, 'g', '{}')],
    calls: ['new1 f {"x":1}', 'new2 g {}'],
  },
  {
    quirk: 'an index that starts at 1',
    fragments: [part(1, 'a', 'f', ''), part(1, undefined, undefined, '{"x":1}'), part(2, 'b', 'g', '{}')],
    calls: ['a f {"x":1}', 'b g {}'],
  },
  {
    quirk: 'the index -1',
    fragments: [part(-1, 'a', 'f', '{"x":1}'), part(-1, 'b', 'g', '{}')],
    calls: ['a f {"x":1}', 'b g {}'],
  },
  {
    quirk: 'an index that restarts in each event',
    fragments: [part(0, 'a', 'f', '{}'), part(1, 'b', 'g', '{}'), part(0, 'c', 'h', '{}')],
    calls: ['a f {}', 'b g {}', 'c h {}'],
  },
  {
    quirk: 'fragments of two calls by turns',
    fragments: [part(0, 'a', 'f', '{"x"'), part(1, 'b', 'g', '{"y"'), part(0, '', '', ':1}'), part(1, '', '', ':2}')],
    calls: ['a f {"x":1}', 'b g {"y":2}'],
  },
  {
    quirk: 'the name on every fragment',
    fragments: [part(0, '0', 'f', ''), part(0, '0', 'f', '{"x"'), part(0, '0', 'f', ':1}')],
    calls: ['0 f {"x":1}'],
  },
  {
    quirk: 'the name on every fragment and no id',
    fragments: [part(0, undefined, 'f', '{"x"'), part(0, undefined, 'f', ':1}'), part(0, undefined, 'f', '')],
    calls: ['new1 f {"x":1}'],
  },
  {
    quirk: 'a name in pieces',
    fragments: [part(0, 'a', 'get_', ''), part(0, undefined, 'time', ''), part(0, undefined, undefined, '{}')],
    calls: ['a get_time {}'],
  },
  {
    quirk: 'no arguments on the first fragment',
    fragments: [{ index: 0, id: 'a', function: { name: 'f' } }, part(0, undefined, undefined, '{"x":1}')],
    calls: ['a f {"x":1}'],
  },
  { quirk: 'arguments: null', fragments: [part(0, 'a', 'f', null)], calls: ['a f {}'] },
  { quirk: 'no arguments', fragments: [{ id: 'a', function: { name: 'f' } }], calls: ['a f {}'] },
  { quirk: 'empty arguments', fragments: [part(0, 'a', 'f', '')], calls: ['a f {}'] },
  { quirk: 'the arguments "null"', fragments: [part(0, 'a', 'f', 'null')], calls: ['a f {}'] },
  { quirk: 'arguments as an object', fragments: [part(0, 'a', 'f', { x: 1 })], calls: ['a f {"x":1}'] },
  { quirk: 'JSON inside JSON', fragments: [part(0, 'a', 'f', '"{\\"x\\":1}"')], calls: ['a f {"x":1}'] },
  {
    quirk: 'braces in a text',
    fragments: [part(0, 'a', 'f', '{"x":"}'), part(0, '', '', '{"}')],
    calls: ['a f {"x":"}{"}'],
  },
  {
    quirk: 'a fragment without a function',
    fragments: [part(0, 'a', 'f', '{}'), { index: 0 }, { index: 1, id: 'b', type: 'custom' }, { function: null }],
    calls: ['a f {}'],
  },
  { quirk: 'a call without a name', fragments: [part(0, 'a', undefined, '{}')], calls: [] },
];

describe('tool call collector', () => {
  it.each(ROWS)('reads calls with $quirk', ({ fragments, calls }) => {
    const read = collect(fragments).finish(counter(), false);

    expect(read.map(view)).toEqual(calls);
    expect(read.map((call) => call.function.index)).toEqual([...read.keys()]);
  });

  it.each(ROWS)('lets calls leave as they arrive with $quirk', ({ fragments, calls }) => {
    const collector = new ToolCallCollector();
    const newId = counter();
    const pieces = fragments.flatMap((fragment) => {
      collector.add(fragment);
      return collector.take(newId);
    });
    const finished = collector.finish(newId, false);
    pieces.push(...collector.rest(finished));

    expect(finished).toHaveLength(calls.length);
    // The pieces of one call are together, and all of them are the call.
    const ids = pieces.map(({ id }) => id).filter((id, at, all) => id !== all[at - 1]);
    expect(new Set(ids).size).toBe(ids.length);
    expect(new Set(ids)).toEqual(new Set(finished.map(({ id }) => id)));
    for (const { id, function: called } of finished) {
      const own = pieces.filter((piece) => piece.id === id);
      expect(own.map(({ isLast }) => isLast)).toEqual(own.map((_, at) => at === own.length - 1));
      expect(own.every(({ name }) => name === called.name)).toBe(true);
      expect(JSON.parse(own.map(({ text }) => text).join(''))).toEqual(called.arguments);
    }
  });

  it('lets arguments leave before they are complete, but not another call in between', () => {
    const collector = new ToolCallCollector();
    const take = (fragment: OpenAiToolCallDelta): string => {
      collector.add(fragment);
      return collector
        .take(counter())
        .map(({ id, text }) => `${id} ${text}`)
        .join();
    };
    expect(take(part(0, 'a', 'f', '{'))).toBe('');
    expect(take(part(0, undefined, undefined, '"x"'))).toBe('a {"x"');
    expect(take(part(1, 'b', 'g', '{"y":2}'))).toBe('');
    expect(take(part(0, undefined, undefined, ':1}'))).toBe('a :1},b {"y":2}');
  });

  it('gives no call an id that the conversation has', () => {
    const collector = new ToolCallCollector(['a']);
    collector.add(part(0, 'a', 'f', '{"x":1}'));
    const newId = counter();
    const [piece] = collector.take(newId);
    expect(piece?.id).toBe('new1');
    expect(collector.finish(newId, false)[0]?.id).toBe('new1');
  });

  it('keeps the order of the keys', () => {
    const [call] = collect([part(0, 'a', 'f', '{"z":1,"a":2,"m":3}')]).finish(counter(), false);

    expect(Object.keys(call!.function.arguments)).toEqual(['z', 'a', 'm']);
  });

  it.each(['{"x":', '[1]', '5', 'oops', '"oops"', '{"x":1}}'])('fails for the arguments %s', (text) => {
    const collector = collect([part(0, 'a', 'f', text)]);

    expect(() => collector.finish(counter(), false)).toThrow(TranslationError);
    expect(() => collector.finish(counter(), false)).toThrow('the arguments of the call of "f" are not a JSON object');
  });

  it('drops a call that was cut short with the answer, and keeps those before it', () => {
    const collector = collect([part(0, 'a', 'f', '{"x":1}'), part(1, 'b', 'g', '{"y":')]);

    expect(collector.finish(counter(), true)).toEqual([
      { id: 'a', function: { index: 0, name: 'f', arguments: { x: 1 } } },
    ]);
  });

  it('is empty until a call was begun', () => {
    expect(collect([]).isEmpty).toBe(true);
    expect(collect([{ index: 0 }]).isEmpty).toBe(true);
    expect(collect([part(0, 'a', 'f', '')]).isEmpty).toBe(false);
  });
});

function part(
  index: number | null | undefined,
  id: string | null | undefined,
  name: string | null | undefined,
  args: unknown,
): OpenAiToolCallDelta {
  return {
    ...(index !== undefined && { index }),
    ...(id !== undefined && { id }),
    function: { ...(name !== undefined && { name }), ...(args !== undefined && { arguments: args }) },
  };
}

function view({ id, function: { name, arguments: parameters } }: OllamaToolCall): string {
  return [id, name, JSON.stringify(parameters)].join(' ');
}

function collect(fragments: readonly OpenAiToolCallDelta[]): ToolCallCollector {
  const collector = new ToolCallCollector();
  for (const fragment of fragments) collector.add(fragment);
  return collector;
}

function counter(): () => string {
  let count = 0;
  return () => `new${(count += 1)}`;
}
