import { parseArgs } from 'node:util';
import { ConfigurationError } from './configuration-error.js';
import { Environment } from './environment.js';
import type { Variables } from './given-variables.js';
import type { VariableInfo } from './variable.decorator.js';
import { declaredVariables } from './variable.decorator.js';

/** What a start is to do. */
export interface CommandLine {
  readonly action: 'serve' | 'check' | 'help' | 'version';
  /** Variables that are set by flags. */
  readonly variables: Variables;
}

const ACTIONS = ['help', 'version', 'check'] as const;

/** `OPENAI_API_BASE_URL` is `--openai-api-base-url`. */
const toFlag = (name: string): string => name.toLowerCase().replaceAll('_', '-');

const flagsOf = ({ name, aliases = [], flags = [] }: VariableInfo): string[] => [
  ...flags,
  ...[name, ...aliases].map(toFlag),
];

/** Every variable is also a flag; `--debug` and `--no-debug` set one that is true or false. @throws ConfigurationError */
export function readCommandLine(args: readonly string[]): CommandLine {
  const defaults = new Environment();
  const names = new Map(
    declaredVariables().flatMap((variable) => flagsOf(variable).map((flag) => [flag, variable.name] as const)),
  );
  const options = Object.fromEntries([
    ...[...names].map(([flag, name]) => {
      const isBoolean = typeof defaults[name as keyof Environment] === 'boolean';
      return [flag, { type: isBoolean ? 'boolean' : 'string' }] as const;
    }),
    ...ACTIONS.map((action) => [action, { type: 'boolean', short: action.slice(0, 1) }] as const),
  ]);
  const { values } = parse(args, options);
  const action = ACTIONS.find((each) => values[each] === true) ?? 'serve';
  const given = Object.entries(values).filter(([flag]) => names.has(flag));
  const variables: Record<string, string> = {};
  for (const [flag, value] of given) variables[names.get(flag) ?? flag] = String(value);
  return { action, variables };
}

type Options = NonNullable<Parameters<typeof parseArgs>[0]>['options'];

function parse(args: readonly string[], options: Options): { values: Readonly<Record<string, unknown>> } {
  try {
    return parseArgs({ args: [...args], options, strict: true, allowNegative: true, allowPositionals: false });
  } catch (error) {
    // The text can contain an argument, but values of known flags are never quoted.
    const [text = ''] = (error as Error).message.split(/[.\n]/);
    throw new ConfigurationError([`${text}; see --help`]);
  }
}

/** Removes the names that a flag overrides. */
export function withFlags(environment: Variables, flags: Variables): Variables {
  const aliases = declaredVariables().flatMap(({ name, aliases = [] }) => (name in flags ? aliases : []));
  return { ...Object.fromEntries(Object.entries(environment).filter(([name]) => !aliases.includes(name))), ...flags };
}

const HELP_WIDTH = 100;

/** The text of `--help`. */
export function renderHelp(): string {
  const rows = declaredVariables().map((variable) => {
    const flags = flagsOf(variable).map((flag) => `--${flag}`);
    return `  ${flags.join(', ')}\n${wrap(variable.description.replaceAll('`', ''), '      ')}`;
  });
  return `ollama-openai-proxy: serves the Ollama, OpenAI and Anthropic APIs from an OpenAI-compatible upstream.

Usage: ollama-openai-proxy --base-url https://api.openai.com/v1 [--api-key KEY] [--port 11434]

  -h, --help
      Shows this text.
  -v, --version
      Shows the version.
  -c, --check
      Validates the configuration, reads the model list of each upstream, and exits: 0 if all of them work.

Every flag is also an environment variable (--log-level is LOG_LEVEL), which other users of the machine cannot see in the
list of processes: use it for keys. A flag that is true or false takes no value: --debug, --no-page-enabled.
A flag wins over the environment, and the environment over a file .env in the working directory.

${rows.join('\n')}
`;
}

function wrap(text: string, indent: string): string {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last === undefined || last.length + word.length + 1 > HELP_WIDTH) lines.push(indent + word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines.join('\n');
}
