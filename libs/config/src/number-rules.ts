import { ValidateBy } from 'class-validator';

/** A whole number in a range. `also` ends the message: ", or auto". */
export function IsWholeNumber(min: number, max = Number.MAX_SAFE_INTEGER, also = ''): PropertyDecorator {
  return rule('a whole number', Number.isSafeInteger, { min, max, also });
}

/** A number in a range, fractions included. */
export function IsNumberIn(min: number, max = Number.MAX_SAFE_INTEGER): PropertyDecorator {
  return rule('a number', Number.isFinite, { min, max, also: '' });
}

function rule(
  kind: string,
  isKind: (value: unknown) => boolean,
  { min, max, also }: { min: number; max: number; also: string },
): PropertyDecorator {
  const range = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`;
  return ValidateBy({
    name: 'isNumberInRange',
    validator: {
      validate: (value: unknown) => isKind(value) && (value as number) >= min && (value as number) <= max,
      defaultMessage: () => `$property must be ${kind} ${range}${also}`,
    },
  });
}
