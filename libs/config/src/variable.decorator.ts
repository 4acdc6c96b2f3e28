/** What is known of one environment variable besides its rules; the documents are generated from it. */
export interface VariableInfo {
  readonly name: string;
  readonly description: string;
  /** Shown in `.env.example` where the default alone says too little. */
  readonly example?: string;
  /** The value never appears in a log, an error or a document. */
  readonly secret?: boolean;
}

const declared: VariableInfo[] = [];

/** Declares a property of the environment class as a variable with this meaning. */
export function Variable(description: string, more: Pick<VariableInfo, 'example' | 'secret'> = {}): PropertyDecorator {
  return (_target, key) => {
    declared.push({ name: String(key), description, ...more });
  };
}

/** All variables in the order of their declaration. */
export function declaredVariables(): readonly VariableInfo[] {
  return declared;
}
