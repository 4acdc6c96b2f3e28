import { describe, expect, it } from 'vitest';
import { BadRequestError } from '#errors';
import { decodeGenerateRequest } from './requests.js';

const EMPTY = {
  model: 'm',
  stream: true,
  options: {},
  logprobs: false,
  top_logprobs: 0,
  truncate: true,
  prompt: '',
  suffix: '',
  system: '',
  template: '',
  raw: false,
  images: [],
};

const FIELD = 'Go struct field GenerateRequest';

describe('generate request', () => {
  it.each([
    [{ model: 'm' }],
    [{ model: 'm', prompt: '', suffix: '', system: '', template: '', format: '' }],
    [{ model: 'm', prompt: null, suffix: null, system: null, template: null, context: null, raw: null, images: null }],
    [{ model: 'm', context: [], images: [], format: 'default' }],
    [{ model: 'm', width: 1, height: 2, steps: 3 }],
  ])('%j has the defaults', (body) => {
    expect(decodeGenerateRequest(body)).toEqual(EMPTY);
  });

  it.each([
    [
      { prompt: 'Hi', stream: false },
      { prompt: 'Hi', stream: false },
    ],
    [
      { Prompt: 'Hi', SUFFIX: 'end' },
      { prompt: 'Hi', suffix: 'end' },
    ],
    [
      { system: 's', template: '{{ .Prompt }}' },
      { system: 's', template: '{{ .Prompt }}' },
    ],
    [{ context: [1, 2, 3] }, { context: [1, 2, 3] }],
    [{ raw: true }, { raw: true }],
    [{ images: ['AAAA'] }, { images: ['AAAA'] }],
    [
      { keep_alive: '0s', think: 'low' },
      { keep_alive: 0, think: 'low' },
    ],
    [
      { format: { type: 'object' }, logprobs: true, top_logprobs: 3 },
      { format: { type: 'object' }, top_logprobs: 3 },
    ],
  ])('takes %j', (body, expected) => {
    expect(decodeGenerateRequest({ model: 'm', ...body })).toMatchObject(expected);
  });

  it.each([
    [[], 'json: cannot unmarshal array into Go value of type api.GenerateRequest'],
    [{ prompt: ['Hi'] }, `json: cannot unmarshal array into ${FIELD}.prompt of type string`],
    [{ raw: 'yes' }, `json: cannot unmarshal string into ${FIELD}.raw of type bool`],
    [{ context: 'x' }, `json: cannot unmarshal string into ${FIELD}.context of type []int`],
    [{ context: ['x'] }, `json: cannot unmarshal string into ${FIELD}.context of type int`],
    [{ images: ['!!!'] }, 'illegal base64 data at input byte 0'],
    [{ top_logprobs: 21 }, 'top_logprobs must be between 0 and 20'],
    [{ keep_alive: '5 minutes' }, 'time: unknown unit " minutes" in duration "5 minutes"'],
  ])('refuses %j', (body, message) => {
    expect(() => decodeGenerateRequest(body)).toThrow(new BadRequestError(message));
  });
});
