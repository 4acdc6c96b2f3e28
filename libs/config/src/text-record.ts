import type { ValidationArguments } from 'class-validator';
import { ValidateBy } from 'class-validator';
import { isRecord } from '#primitives';

/** An object whose values are non-empty texts. */
export function IsTextRecord(): PropertyDecorator {
  return ValidateBy({
    name: 'isTextRecord',
    validator: {
      validate: (value: unknown) => isRecord(value) && wrongKey(value) === undefined,
      defaultMessage: (args?: ValidationArguments) => {
        const key = isRecord(args?.value) ? wrongKey(args.value) : undefined;
        return key === undefined ? '$property must be an object of texts' : `$property.${key} must be a non-empty text`;
      },
    },
  });
}

function wrongKey(record: Record<string, unknown>): string | undefined {
  return Object.keys(record).find((key) => typeof record[key] !== 'string' || record[key] === '');
}
