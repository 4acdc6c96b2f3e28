/** One of what is wrong with a value; of what is no number, not that it is above a maximum. */
export function mistakeIn(constraints: Readonly<Record<string, string>> = {}): string | undefined {
  const isNumber = constraints.isNumber?.replace(' conforming to the specified constraints', '');
  return constraints.isInt ?? isNumber ?? Object.values(constraints)[0];
}
