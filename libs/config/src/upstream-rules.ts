import type { ValidationArguments } from 'class-validator';
import { ValidateBy } from 'class-validator';
import { isRecord } from '#primitives';
import { API_NAMES } from './model-mapping.js';

/** Characters that HTTP allows in the value of a header (RFC 9110 §5.5). */
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** A token (RFC 9110 §5.6.2). */
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9a-z-]+$/i;

/** Headers that the HTTP client sets for each message, or refuses to send. */
const RESERVED_HEADERS = ['connection', 'content-length', 'expect', 'keep-alive', 'transfer-encoding', 'upgrade'];

type FindMistake = (value: unknown) => string | undefined;

/** A rule whose message depends on the value. `findMistake` returns what follows the name of the field. */
function rule(name: string, findMistake: FindMistake): PropertyDecorator {
  return ValidateBy({
    name,
    validator: {
      validate: (value: unknown) => findMistake(value) === undefined,
      defaultMessage: (args?: ValidationArguments) => `$property${findMistake(args?.value) ?? ''}`,
    },
  });
}

/** An object whose values are non-empty texts. */
export const IsTextRecord = (): PropertyDecorator =>
  rule('isTextRecord', (value) => {
    if (!isRecord(value)) return ' must be an object of texts';
    const key = Object.keys(value).find((each) => typeof value[each] !== 'string' || value[each] === '');
    return key === undefined ? undefined : `.${key} must be a non-empty text`;
  });

/** The value of a header. */
export const IsHeaderValue = (): PropertyDecorator =>
  rule('isHeaderValue', (value) =>
    typeof value === 'string' && HEADER_VALUE.test(value)
      ? undefined
      : ' must be a text without line breaks, control characters and characters outside Latin-1',
  );

/** An object of headers that can be sent with every call. */
export const IsHeaderRecord = (): PropertyDecorator =>
  rule('isHeaderRecord', (value) => {
    if (!isRecord(value)) return ' must be an object of texts';
    for (const [name, text] of Object.entries(value)) {
      if (!HEADER_NAME.test(name)) return ` contains a name that is not the name of a header: ${JSON.stringify(name)}`;
      if (RESERVED_HEADERS.includes(name.toLowerCase()))
        return ` must not set ${name}, which the HTTP client sets itself`;
      if (typeof text !== 'string') return `.${name} must be a text`;
      if (!HEADER_VALUE.test(text))
        return `.${name} must not contain line breaks, control characters or characters outside Latin-1`;
    }
    return undefined;
  });

/** The key of an upstream, which is sent in a header. */
export const IsKey = (): PropertyDecorator =>
  rule('isKey', (value) =>
    typeof value === 'string' && /^[\x21-\x7e]*$/.test(value)
      ? undefined
      : ' must not contain spaces, line breaks or characters outside ASCII',
  );

/** The base URL of an upstream. */
export const IsBaseUrl = (): PropertyDecorator =>
  rule('isBaseUrl', (value) => {
    const url = typeof value === 'string' && /^https?:\/\/[^\s<>\\]+$/i.test(value) ? URL.parse(value) : null;
    if (!url || url.port === '0') return ' must be an http or https URL, such as https://api.openai.com/v1';
    if (url.username !== '' || url.password !== '')
      return ' must not contain a user or password; set the header authorization instead';
    return url.hash === '' ? undefined : ' must not contain a fragment (#)';
  });

/** The URL of an HTTP proxy. */
export const IsProxyUrl = (): PropertyDecorator =>
  rule('isProxyUrl', (value) => {
    const url = typeof value === 'string' ? URL.parse(value) : null;
    const isValid = url !== null && /^https?:$/.test(url.protocol) && url.hostname !== '' && url.port !== '0';
    return isValid ? undefined : ' must be the http or https URL of a proxy';
  });

/** A list of APIs, of which one can take what all clients send. */
export const IsApiList = (): PropertyDecorator =>
  rule('isApiList', (value) => {
    const names: readonly string[] = API_NAMES;
    if (!Array.isArray(value) || !value.every((each) => typeof each === 'string' && names.includes(each)))
      return ` must be a list of ${names.join(', ')}`;
    return value.includes('chat') || value.includes('responses') ? undefined : ' must contain chat or responses';
  });

/** The levels of thinking: `{"values": ["low", false], "default": "low"}`. */
export const IsThinking = (): PropertyDecorator =>
  rule('isThinking', (value) => {
    if (!isRecord(value)) return ' must be an object with values and default';
    const { values, default: usual, ...rest } = value;
    const isValue = (each: unknown): boolean => typeof each === 'boolean' || (typeof each === 'string' && each !== '');
    if (!Array.isArray(values) || values.length === 0 || !values.every(isValue))
      return '.values must be a list of texts, true and false';
    const isComplete = Object.keys(rest).length === 0 && (usual === undefined || values.includes(usual));
    return isComplete ? undefined : '.default must be one of its values';
  });

/** An object of ranges: `{"temperature": {"min": 0, "max": 1}}`. */
export const IsRangeRecord = (): PropertyDecorator =>
  rule('isRangeRecord', (value) => {
    if (!isRecord(value)) return ' must be an object of ranges';
    const key = Object.keys(value).find((each) => !isRange(value[each]));
    return key === undefined ? undefined : `.${key} must have numbers as min and max, with min not above max`;
  });

/** An object of prices by model. */
export const IsPriceRecord = (): PropertyDecorator =>
  rule('isPriceRecord', (value) => {
    if (!isRecord(value)) return ' must be an object of prices by model';
    const key = Object.keys(value).find((each) => !isPrice(value[each]));
    return key === undefined ? undefined : `.${key} must have a number as input, and may have output and cached`;
  });

function isPrice(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const { input, output = 0, cached = 0, ...rest } = value;
  const isAmount = (each: unknown): boolean => Number.isFinite(each) && (each as number) >= 0;
  return [input, output, cached].every(isAmount) && Object.keys(rest).length === 0;
}

function isRange(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const { min = -Infinity, max = Infinity, ...rest } = value;
  return typeof min === 'number' && typeof max === 'number' && min <= max && Object.keys(rest).length === 0;
}
