import { describe, expect, it } from 'vitest';
import { runAtOnce } from '#primitives';
import type { NamedModels } from './named-models.js';
import * as steps from './named-models.js';

const namedModels = (text: string): NamedModels => runAtOnce(steps.namedModels(text));

const gap = ' '.repeat(5000);

describe('a body that names its model twice', () => {
  it.each([
    '{"model":"a","model":"b"}',
    `{"model"${gap}:"a","model":"b"}`,
    `{"model":${gap}"a"${gap},${gap}"model"${gap}:"b"}`,
    `{"model":"a","messages":[{"role":"user","content":"${'x'.repeat(100_000)}"}],"model":"b"}`,
    String.raw`{"\u006dodel":"a","model":"b"}`,
    String.raw`{"model":"a","\u006D\u006f\u0064\u0065\u006c":"b"}`,
    '{"model":"a","Model":"b"}',
    '{"MODEL":"a","model":"b"}',
    '{"model":"a","ｍodel":"b"}',
    '{"model":"a"} {"model":"b"}',
  ])('is refused for every key: %#', (text) => {
    expect(() => runAtOnce(steps.readModelField(text))).toThrow('a model is named twice');
    expect(() => namedModels(text)).toThrow('a model is named twice');
  });

  it.each([
    '{"user_config":{"model":"a","Model":"b"},"model":"a"}',
    '{"tools":[{"model":"a","model":"b"}],"model":"a"}',
    '{"fallbacks":["a"],"model":"a","Fallbacks":["b"]}',
  ])('is refused below the top as well: %s', (text) => {
    expect(() => namedModels(text)).toThrow('a model is named twice');
  });
});

describe('the models of a body', () => {
  it.each([
    ['{"model":"a"}', ['a']],
    ['{"model":"a","models":["b",["c",{"id":"d"}]]}', ['a', 'b', 'c', 'd']],
    ['{"model":"a","tools":[{"type":"image_generation","model":"b"}]}', ['a', 'b']],
    ['{"model":"a","user_config":{"model_list":[{"litellm_params":{"model":"b"}}]}}', ['a', 'b']],
    ['{"model":"a","user_config":{"model_list":["b"]},"user_config":{}}', ['a', 'b']],
    ['{"model":"a","fallbacks":[{"a":["b"]}],"context_window_fallbacks":["c"]}', ['a', 'b', 'c']],
    ['{"model":"a","plugins":[{"id":"web","Model":"b"}]}', ['a', 'b']],
    ['{"model":"a","deployment_id":"b","engine":"c"}', ['a', 'b', 'c']],
    [String.raw`{"model":"a","mod\u0065ls":["\u0062"]}`, ['a', 'b']],
    ['{"model":"a","messages":[{"model":"x","content":[{"type":"tool_use","input":{"model":"x"}}]}]}', ['a']],
    [
      '{"model":"a","tools":[{"function":{"name":"f","parameters":{"properties":{"model":{"type":"string"}}}}}]}',
      ['a'],
    ],
    ['{"model":"a","tools":[{"name":"f","input_schema":{"properties":{"model":{"type":"string"}}}}]}', ['a']],
    ['{"model":"a","metadata":{"model":"x"},"user":"model"}', ['a']],
  ])('in %s are %j', (text, names) => {
    expect([...namedModels(text).names]).toEqual(names);
    expect(namedModels(text).hasOther).toBe(false);
  });

  it.each(['{"model":5}', '{"models":["a",null]}', '{"tools":[{"model":true}]}'])('may be no text: %s', (text) => {
    expect(namedModels(text).hasOther).toBe(true);
  });

  it('may be beside switches', () => {
    expect(namedModels('{"model":"a","disable_fallbacks":true,"model_temperature":0.5}').hasOther).toBe(false);
  });

  it.each(['"model"    ', '"a":{},', '[],', ']', '"', String.raw`\"`, '"models":["a","b"],', '0,'])(
    'are found in linear time: %s again and again',
    (piece) => {
      expect((size: number) => {
        try {
          namedModels(`{"model":"a","x":${piece.repeat(size / piece.length)}`);
        } catch {
          // Refused.
        }
      }).toTakeLinearTime(500_000);
    },
  );
});
