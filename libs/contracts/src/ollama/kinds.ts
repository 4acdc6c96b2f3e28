import { BadRequestError } from '#errors';
import { isRecord } from '#primitives';
import { readBase64 } from '../shape/base64.js';
import { readKeepAlive } from '../shape/go-duration.js';
import { kindOf, readObject, readString } from '../shape/go-readers.js';
import type { Kind } from '../shape/kind.js';
import { listOf, OBJECT, oneOf, STRING, withSchema } from '../shape/kind.js';
import { optional } from '../shape/shape.js';

/** The levels of `think` for models that do not list their own. */
export const THINK_LEVELS: readonly string[] = ['low', 'medium', 'high', 'max'];
export const ALLOWED_THINK = `"high", "medium", "low", "max", true, or false`;

/** `think` as the client sent it; absent means the model's own default (protocol W30). */
export type Think = boolean | string;

/** `"json"` or a JSON Schema (protocol W16). */
export type OllamaFormat = 'json' | Readonly<Record<string, unknown>>;

/** Seconds, or `Infinity`; 0 unloads (protocol W34). */
export type KeepAlive = number;

export const THINK: Kind<Think> = oneOf(
  [{ type: 'boolean' }, { type: 'string', examples: THINK_LEVELS }],
  (value) => {
    if (typeof value === 'boolean') return value;
    if (typeof value !== 'string') throw new BadRequestError(`think must be a boolean or string (${ALLOWED_THINK})`);
    // Which levels there are depends on the model.
    return value;
  },
  () => false,
);

/** What it holds is checked when it is translated. */
export const FORMAT: Kind<OllamaFormat> = oneOf(
  [
    { type: 'string', enum: ['json', ''] },
    { type: 'object', additionalProperties: true },
  ],
  (value) => value as OllamaFormat,
  () => 'json',
);

const KEEP_ALIVE: Kind<KeepAlive> = oneOf([{ type: 'number' }, { type: 'string' }], readKeepAlive, () => 0);

/** The field that most requests have. */
export const keepAlive = optional.of(
  withSchema(KEEP_ALIVE, { default: '5m' }),
  'How long `GET /api/ps` lists the model after this call: a number of seconds, or a duration such as `5m`, `1h30m` or `300ms` (units `ns`, `us`, `ms`, `s`, `m`, `h`; the unit is required unless it is `0`). Negative means for ever, 0 means not at all. The upstream itself loads and unloads models at its own discretion.',
  { examples: ['10m', 300] },
);

/** Pictures and sound (protocol W32). */
export const images = listOf<string>({
  ...withSchema(STRING, { contentEncoding: 'base64' }),
  read: (value, path) => readBase64(readString(value, path)),
  goList: '[]api.ImageData',
});
export const IMAGES_DESCRIPTION =
  'Pictures (PNG, JPEG, GIF, WebP, BMP, AVIF, HEIC) or sound (WAV, MP3) in standard base64 with padding. The type is taken from the bytes; data URLs are refused.';

/** Arguments of a tool call, or properties of a schema. */
export const ARGUMENTS: Kind<Record<string, unknown>> = {
  ...OBJECT,
  read: (value) => {
    if (!isRecord(value)) throw new BadRequestError(`Value looks like object, but can't find closing '}' symbol`);
    return value;
  },
};

const readParameters = readObject('api.ToolFunctionParameters');

/** A JSON Schema, which is passed on unchanged; only what Go cannot hold at its top level is refused. */
export const PARAMETERS: Kind<Record<string, unknown>> = {
  ...OBJECT,
  read: (value, path) => {
    const schema = readParameters(value, path);
    const { type, required, properties } = schema;
    if (isGiven(type)) readString(type, `${path}.type`);
    if (isGiven(required)) REQUIRED.read(required, `${path}.required`);
    if (!isGiven(properties)) return schema;
    for (const property of Object.values(ARGUMENTS.read(properties, path))) {
      if (isGiven(property) && !isRecord(property))
        throw new BadRequestError(`json: cannot unmarshal ${kindOf(property)} into Go value of type api.ToolProperty`);
    }
    return schema;
  },
};

const REQUIRED = listOf(STRING);

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}
