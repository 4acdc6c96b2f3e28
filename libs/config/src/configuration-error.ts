/** All mistakes of a configuration, by variable or field, without values. */
export class ConfigurationError extends Error {
  constructor(readonly mistakes: readonly string[]) {
    const count = `${mistakes.length} mistake${mistakes.length === 1 ? '' : 's'}`;
    super(`the configuration has ${count}:\n${mistakes.map((mistake) => `  - ${mistake}`).join('\n')}`);
    this.name = 'ConfigurationError';
  }
}
