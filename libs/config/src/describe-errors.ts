import type { ValidationError } from 'class-validator';

/** One text for each wrong field; it names the field by its path and never contains a value. */
export function describeErrors(errors: readonly ValidationError[], path: string): string[] {
  return errors.flatMap(({ property, constraints, children = [] }) => {
    const field = fieldPath(path, property);
    // One per field is enough: a value of the wrong type also violates the other rules. The last is the uppermost decorator.
    const [rule, message] = Object.entries(constraints ?? {}).at(-1) ?? [];
    const mistake =
      rule === 'whitelistValidation' ? `${field} is not a known field` : message?.replace(property, field);
    return [...(mistake === undefined ? [] : [mistake]), ...describeErrors(children, field)];
  });
}

function fieldPath(path: string, property: string): string {
  if (/^\d+$/.test(property)) return `${path}[${property}]`;
  return path === '' ? property : `${path}.${property}`;
}
