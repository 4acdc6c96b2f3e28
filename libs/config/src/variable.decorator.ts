/** Documentation of one environment variable; docs/configuration.md and .env.example are generated from it. */
export interface VariableInfo {
  readonly name: string;
  readonly description: string;
  /** Value shown in `.env.example` if there is no default. */
  readonly example?: string;
  /** The value must never appear in logs, errors or documents. */
  readonly secret?: boolean;
}

const declared: VariableInfo[] = [];

/** Declares a property of `Environment` as a variable. */
export function Variable(description: string, more: Pick<VariableInfo, 'example' | 'secret'> = {}): PropertyDecorator {
  return (_target, key) => {
    declared.push({ name: String(key), description, ...more });
  };
}

/** All variables, in the order of their declaration. */
export function declaredVariables(): readonly VariableInfo[] {
  return declared;
}
