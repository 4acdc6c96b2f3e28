import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import type { AnyShape } from '#contracts';

type Model = abstract new () => object;

const models = new Map<AnyShape, Model>();

/** The class from which @nestjs/swagger makes the schema of a shape, with a decorator for each field. */
export function swaggerModelOf(shape: AnyShape): Model {
  const known = models.get(shape);
  if (known) return known;
  // Swagger names a schema after its class, which has no other use.
  // eslint-disable-next-line @typescript-eslint/no-extraneous-class
  const model: Model = { [shape.name]: class {} }[shape.name] as Model;
  models.set(shape, model);
  ApiSchema({ description: shape.description })(model as never);
  for (const [name, { kind, description, isRequired, more }] of Object.entries(shape.fields)) {
    const inner = kind.shape;
    const type = inner
      ? { type: () => swaggerModelOf(inner), ...(kind.isList && { isArray: true }) }
      : { type: Object, ...kind.schema };
    ApiProperty({ description, required: isRequired, ...type, ...more })(model.prototype as object, name);
  }
  return model;
}
