// class-transformer's decorators read the types that the compiler emitted.
import 'reflect-metadata';
import type { ValidationArguments } from 'class-validator';
import { IsArray, IsBoolean, IsOptional, Matches, MinLength, ValidateBy, ValidateIf } from 'class-validator';
import { IsWholeNumber } from './number-rules.js';

/** Shorter keys can be guessed. */
const MIN_KEY_LENGTH = 16;

/** Model names are compared without these prefixes (protocol W35), so a pattern with one would match more than it shows. */
const IGNORED_PREFIX = /^(https?:\/\/|registry\.ollama\.ai\/|library\/|models\/)/i;

const DATE = /^\d{4}-\d\d-\d\d/;

const isSet = (value: unknown): boolean => value !== undefined;

function IsKeyOrDigest(): PropertyDecorator {
  return ValidateBy({
    name: 'isKeyOrDigest',
    validator: {
      validate: (_value: unknown, args?: ValidationArguments) => {
        const { key, sha256 } = args?.object as ApiKeyDto;
        return isSet(key) !== isSet(sha256);
      },
      defaultMessage: () => 'exactly one of key and sha256 is required',
    },
  });
}

function IsModelPattern(): PropertyDecorator {
  return ValidateBy(
    {
      name: 'isModelPattern',
      validator: {
        validate: (model: unknown) =>
          typeof model === 'string' && model.trim() !== '' && !IGNORED_PREFIX.test(model.trim()),
        defaultMessage: () =>
          '$property must be a list of model names, with * as a wildcard and without registry, library/ or models/',
      },
    },
    { each: true },
  );
}

function IsDateOrTime(): PropertyDecorator {
  return ValidateBy({
    name: 'isDateOrTime',
    validator: {
      validate: (value: unknown) => typeof value === 'string' && DATE.test(value) && !Number.isNaN(Date.parse(value)),
      defaultMessage: () => '$property must be a date like 2027-01-31 or a time like 2027-01-31T12:00:00Z',
    },
  });
}

/** One entry of PROXY_API_KEYS. */
export class ApiKeyDto {
  @IsOptional()
  @Matches(/^[\w.@-]{1,64}$/, { message: '$property must be 1 to 64 letters, digits, or any of _ . @ -' })
  name?: string;

  @ValidateIf(({ key, sha256 }: ApiKeyDto) => isSet(key) || !isSet(sha256))
  @IsKeyOrDigest()
  @Matches(/^[\x21-\x7e]+$/, { message: '$property must not be empty or contain spaces or characters outside ASCII' })
  @MinLength(MIN_KEY_LENGTH, { message: `$property must have at least ${MIN_KEY_LENGTH} characters` })
  key?: string;

  @IsOptional()
  @Matches(/^[0-9a-f]{64}$/i, { message: '$property must be 64 hexadecimal digits' })
  sha256?: string;

  @IsOptional() @IsArray({ message: '$property must be a list of model names' }) @IsModelPattern() models?: string[];
  @IsOptional() @IsWholeNumber(1) requests_per_minute?: number;
  @IsOptional() @IsWholeNumber(1) tokens_per_minute?: number;
  @IsOptional() @IsDateOrTime() expires?: string;
  @IsOptional() @IsBoolean({ message: '$property must be true or false' }) manage?: boolean;
}

export const API_KEY_FIELDS: readonly (keyof ApiKeyDto)[] = [
  'name',
  'key',
  'sha256',
  'models',
  'requests_per_minute',
  'tokens_per_minute',
  'expires',
  'manage',
];
