import { describe, expect, it } from 'vitest';
import { BadRequestError } from '#errors';
import { decodeShowRequest } from './requests.js';

describe('show request', () => {
  it.each([
    [{}, { model: '', verbose: false, system: '' }],
    [null, { model: '', verbose: false, system: '' }],
    [{ model: 'm' }, { model: 'm', verbose: false, system: '' }],
    [{ name: 'm' }, { model: 'm', verbose: false, system: '' }],
    [
      { model: '', name: 'm' },
      { model: 'm', verbose: false, system: '' },
    ],
    [
      { model: 'm', name: 'n' },
      { model: 'm', verbose: false, system: '' },
    ],
    [
      { Model: 'm', VERBOSE: true, system: 's' },
      { model: 'm', verbose: true, system: 's' },
    ],
    [
      { model: 'm', options: { a: 1 }, template: 'x', more: 1 },
      { model: 'm', verbose: false, system: '' },
    ],
    [
      { model: 'm', verbose: null, system: null, options: null },
      { model: 'm', verbose: false, system: '' },
    ],
  ])('takes %j', (body, expected) => {
    expect(decodeShowRequest(body)).toMatchObject(expected);
  });

  it.each([
    [[], 'json: cannot unmarshal array into Go value of type api.ShowRequest'],
    [{ model: 1 }, 'json: cannot unmarshal number into Go struct field ShowRequest.model of type string'],
    [{ verbose: 'x' }, 'json: cannot unmarshal string into Go struct field ShowRequest.verbose of type bool'],
    [
      { options: [] },
      'json: cannot unmarshal array into Go struct field ShowRequest.options of type map[string]interface {}',
    ],
  ])('refuses %j', (body, message) => {
    expect(() => decodeShowRequest(body)).toThrow(new BadRequestError(message));
  });
});
