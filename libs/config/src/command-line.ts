import { parseArgs } from 'node:util';
import { ConfigurationError } from './configuration-error.js';
import { Environment } from './environment.js';
import type { Variables } from './given-variables.js';
import { isTextClose } from './text-distance.js';
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

/**
 * Every variable is also a flag; `--debug`, `--no-debug` and `--debug=false` set one that is true or false.
 * @throws ConfigurationError
 */
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
  const { assigned, rest } = splitAssignedFlags(args, (flag) => options[flag]?.type === 'boolean' && names.has(flag));
  const { values } = parse(rest, options);
  const action = ACTIONS.find((each) => values[each] === true) ?? 'serve';
  const given = Object.entries(values).filter(([flag]) => names.has(flag));
  const variables: Record<string, string> = {};
  for (const [flag, value] of [...given, ...assigned]) variables[names.get(flag) ?? flag] = String(value);
  return { action, variables };
}

/** Takes out flags like `--debug=false`, which parseArgs rejects. */
function splitAssignedFlags(
  args: readonly string[],
  isBoolean: (flag: string) => boolean,
): { readonly assigned: [flag: string, value: string][]; readonly rest: readonly string[] } {
  const assigned: [string, string][] = [];
  const rest = args.filter((arg) => {
    const [, flag = '', value = ''] = /^--([\w-]+)=(.*)$/s.exec(arg) ?? [];
    if (!isBoolean(flag)) return true;
    assigned.push([flag, value]);
    return false;
  });
  return { assigned, rest };
}

type Options = NonNullable<Parameters<typeof parseArgs>[0]>['options'];

function parse(args: readonly string[], options: Options): { values: Readonly<Record<string, unknown>> } {
  try {
    return parseArgs({ args: [...args], options, strict: true, allowNegative: true, allowPositionals: false });
  } catch (error) {
    throw new ConfigurationError([`${describeArgumentError(error as NodeJS.ErrnoException, options)}; see --help`]);
  }
}

/** Values are not quoted, since they may be keys: an argument that is no flag is one if a flag is misspelt. */
function describeArgumentError({ code, message }: NodeJS.ErrnoException, options: Options = {}): string {
  if (code === 'ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL') return 'an argument is not a flag (not shown, it may be a key)';
  const [text = ''] = message.split(/[.\n]/);
  if (code !== 'ERR_PARSE_ARGS_UNKNOWN_OPTION') return text;
  const [, unknown = ''] = /'--?([^']*)'/.exec(text) ?? [];
  const similar = Object.keys(options).find((flag) => isTextClose(unknown, flag));
  return similar === undefined
    ? 'a flag is unknown (not shown, it may be a key)'
    : `${text}; did you mean --${similar}?`;
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
list of processes: use it for keys. A flag that is true or false needs no value: --debug, --no-debug, --debug=false.
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
