import { badRequest, Refusal } from '../http/refusal.js';
import type { UnknownField } from './dialect.js';

/** The words with which each family of upstreams rejects an unknown field. */
export const unknownField = {
  openai: ({ path }: UnknownField): Refusal => {
    const name = dotted(path);
    if (path.length === 1) return badRequest(`Unrecognized request argument supplied: ${name}`);
    return badRequest(`Unknown parameter: '${name}'.`, name, 'unknown_parameter');
  },

  mistral: ({ path, value, role }: UnknownField): Refusal => {
    const loc = ['body', ...path];
    if (role !== undefined) loc.splice(3, 0, role);
    const detail = [{ type: 'extra_forbidden', loc, msg: 'Extra inputs are not permitted', input: value }];
    return new Refusal(422, 'Extra inputs are not permitted', {
      body: { object: 'error', message: { detail }, type: 'invalid_request_error', param: null, code: null },
    });
  },

  groq: ({ path, role }: UnknownField): Refusal => {
    const plain = `property '${path.at(-1)}' is unsupported`;
    if (path.length === 1) return badRequest(plain);
    const place = path.slice(0, 2).join('.');
    return badRequest(`'${place}' : for 'role:${role}' the following must be satisfied[('${place}' : ${plain})]`);
  },

  gemini: ({ path }: UnknownField): Refusal => {
    const parent = path.length === 1 ? '' : ` at '${dotted(path.slice(0, -1))}'`;
    return badRequest(`Invalid JSON payload received. Unknown name "${path.at(-1)}"${parent}: Cannot find field.`);
  },

  fireworks: ({ path, value }: UnknownField): Refusal => {
    return badRequest(`Extra inputs are not permitted, field: '${path.join('.')}', value: ${JSON.stringify(value)}`);
  },

  cerebras: ({ path }: UnknownField): Refusal => {
    const name = `body.${path.join('.')}`;
    return badRequest(`${name}: property '${name}' is unsupported`, 'validation_error', 'wrong_api_format');
  },
} as const;

/** `messages[0].name` out of a path. */
function dotted(path: readonly (string | number)[]): string {
  return path.reduce<string>(
    (name, step) => (typeof step === 'number' ? `${name}[${step}]` : name === '' ? step : `${name}.${step}`),
    '',
  );
}
