import type { ApiPropertyOptions } from '@nestjs/swagger';
import { ApiProperty, getSchemaPath } from '@nestjs/swagger';

type Model = abstract new () => object;
type Rest = Omit<ApiPropertyOptions, 'type' | 'description' | 'required'>;

/** Nest knows a class that is told later by the function's name, which is that of the property it is written at. */
const later = (model: () => Model): object => ({ type: () => model() });

/** The ways to describe a field; the type is always told, so that nothing depends on what the compiler emits. */
function fields(required: boolean) {
  const field = (description: string, rest: object): PropertyDecorator =>
    ApiProperty({ description, required, ...rest });
  return {
    text: (description: string, rest: Rest = {}) => field(description, { type: 'string', ...rest }),
    integer: (description: string, rest: Rest = {}) => field(description, { type: 'integer', ...rest }),
    number: (description: string, rest: Rest = {}) => field(description, { type: 'number', ...rest }),
    flag: (description: string, rest: Rest = {}) => field(description, { type: 'boolean', ...rest }),
    time: (description: string, rest: Rest = {}) =>
      field(description, { type: 'string', format: 'date-time', ...rest }),
    one: (model: () => Model, description: string) => field(description, later(model)),
    list: (model: () => Model, description: string, rest: Rest = {}) =>
      field(description, { ...later(model), isArray: true, ...rest }),
    listOf: (items: object, description: string, rest: Rest = {}) =>
      field(description, { type: 'array', items, ...rest }),
    /** Any JSON object. */
    object: (description: string, rest: Rest = {}) =>
      field(description, { type: 'object', additionalProperties: true, ...rest }),
    /** One of several forms. */
    either: (forms: object[], description: string, rest: Rest = {}) => field(description, { anyOf: forms, ...rest }),
  };
}

/** Fields that a request may leave out, or that an answer has only sometimes. */
export const Maybe = fields(false);

/** Fields that a request needs, or that an answer always has. */
export const Always = fields(true);

export function refTo(model: Model): { $ref: string } {
  return { $ref: getSchemaPath(model) };
}
