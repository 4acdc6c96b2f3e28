/** Documentation of one environment variable; docs/configuration.md and .env.example are generated from it. */
export interface VariableInfo {
  readonly name: string;
  readonly description: string;
  /** Value shown in `.env.example` if there is no default. */
  readonly example?: string;
  /** The value must never appear in logs, errors or documents. */
  readonly secret?: boolean;
  /** Names that other programs use for the same value; read like `name`. */
  readonly aliases?: readonly string[];
  /** Short names of the command-line flag, beside the one made from `name`. */
  readonly flags?: readonly string[];
  /** Names of other programs that are not read, because their meaning or form differs; a warning points to `name`. */
  readonly foreignNames?: readonly string[];
}

const declared: VariableInfo[] = [];

/** Declares a property of `Environment` as a variable. */
export function Variable(
  description: string,
  more: Omit<VariableInfo, 'name' | 'description'> = {},
): PropertyDecorator {
  return (_target, key) => {
    declared.push({ name: String(key), description, ...more });
  };
}

/** All variables, in the order of their declaration. */
export function declaredVariables(): readonly VariableInfo[] {
  return declared;
}
