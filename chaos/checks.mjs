/** What a run claims, one line each; the last line counts them. */
export class Checks {
  passed = 0;
  failed = 0;

  /** @param detail said with the result; what went wrong, or a figure */
  check(name, isTrue, detail = '') {
    if (isTrue) this.passed += 1;
    else this.failed += 1;
    say(`${isTrue ? 'pass' : 'FAIL'}  ${name}${detail === '' ? '' : ` (${detail})`}`);
    return isTrue;
  }

  /** Says the counts and ends the process. */
  finish() {
    say(`${this.passed} passed, ${this.failed} failed`);
    process.exit(this.failed > 0 || this.passed === 0 ? 1 : 0);
  }
}

export function say(text) {
  process.stdout.write(`${text}\n`);
}

/** `--name value` of the command line; a name without a value is true. */
export function readArguments(defaults) {
  const read = { ...defaults };
  const given = process.argv.slice(2);
  for (let at = 0; at < given.length; at += 1) {
    const name = given[at].replace(/^--/, '');
    if (!given[at].startsWith('--') || !Object.hasOwn(defaults, name)) {
      process.stderr.write(`unknown argument ${given[at]}; known: --${Object.keys(defaults).join(' N, --')} N\n`);
      process.exit(2);
    }
    at += 1;
    read[name] = typeof defaults[name] === 'number' ? Number(given[at]) : String(given[at]);
    if (Number.isNaN(read[name])) {
      process.stderr.write(`--${name} needs a number\n`);
      process.exit(2);
    }
  }
  return read;
}

/** Counts by name, written as a table. */
export class Tally {
  counts = new Map();

  add(name, by = 1) {
    this.counts.set(name, (this.counts.get(name) ?? 0) + by);
  }

  of(name) {
    return this.counts.get(name) ?? 0;
  }

  print(title) {
    say(`${title}:`);
    for (const [name, count] of [...this.counts].sort()) say(`  ${name.padEnd(52)} ${count}`);
  }
}

/** The value below which a share of the numbers lies. */
export function quantile(numbers, share) {
  const sorted = [...numbers].sort((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}
