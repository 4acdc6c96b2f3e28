import { BadRequestError } from '#errors';

const UNIT_SECONDS: Readonly<Record<string, number>> = {
  ns: 1e-9,
  us: 1e-6,
  µs: 1e-6,
  μs: 1e-6,
  ms: 1e-3,
  s: 1,
  m: 60,
  h: 3600,
};

/**
 * `keep_alive` in seconds (protocol W34): a number of seconds or a Go duration; anything negative means for ever.
 * @throws BadRequestError in the words of Go's time package
 */
export function readKeepAlive(value: unknown): number {
  const seconds = typeof value === 'string' ? parseGoDuration(value) : value;
  if (typeof seconds !== 'number') throw new BadRequestError(`Unsupported type: '${goTypeOf(value)}'`);
  return seconds < 0 ? Number.POSITIVE_INFINITY : seconds;
}

/** Go's time.ParseDuration, in seconds. */
export function parseGoDuration(text: string): number {
  const quoted = JSON.stringify(text);
  const sign = text.startsWith('-') ? -1 : 1;
  let rest = text.replace(/^[-+]/, '');
  if (rest === '0') return 0;
  if (rest === '') throw new BadRequestError(`time: invalid duration ${quoted}`);
  let seconds = 0;
  while (rest !== '') {
    const number = /^(\d+\.?\d*|\.\d+)/.exec(rest)?.[0];
    if (number === undefined) throw new BadRequestError(`time: invalid duration ${quoted}`);
    rest = rest.slice(number.length);
    const unit = /^[^\d.]*/.exec(rest)?.[0] ?? '';
    if (unit === '') throw new BadRequestError(`time: missing unit in duration ${quoted}`);
    const factor = Object.hasOwn(UNIT_SECONDS, unit) ? UNIT_SECONDS[unit] : undefined;
    if (factor === undefined)
      throw new BadRequestError(`time: unknown unit ${JSON.stringify(unit)} in duration ${quoted}`);
    seconds += Number(number) * factor;
    rest = rest.slice(unit.length);
  }
  return sign * seconds;
}

function goTypeOf(value: unknown): string {
  if (typeof value === 'boolean') return 'bool';
  return Array.isArray(value) ? '[]interface {}' : 'map[string]interface {}';
}
