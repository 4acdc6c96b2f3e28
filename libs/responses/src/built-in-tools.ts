import { isRecord } from '#primitives';
import type { Item } from './responses-request.js';

type Fields = Readonly<Record<string, unknown>>;

/** A tool that clients run and that models of the real API know by its type, as a function. */
export interface BuiltInTool {
  readonly description: string;
  readonly parameters: Fields;
  /** Type of its calls. Outputs have the same with `_output` behind it. */
  readonly callType: string;
  /** Of the ids of its calls. */
  readonly idPrefix: string;
  /** The fields of a call that hold what the model wrote; undefined for arguments of another form. */
  readonly toCall: (value: Fields) => Fields | undefined;
  /** The reverse, for calls of the history. */
  readonly toArguments: (call: Item) => unknown;
  /** The result of a call as text. */
  readonly toResult: (output: Item) => string;
}

const OPERATIONS: ReadonlySet<unknown> = new Set(['create_file', 'update_file', 'delete_file']);

const TEXT = { type: 'string' };
const NUMBER = { type: 'integer' };

/** By the `type` of the tool, which is the name of the function as well. */
const BUILT_IN_TOOLS: Readonly<Record<string, BuiltInTool>> = {
  local_shell: {
    description: 'Runs a command in a shell on the machine of the user and returns its output.',
    parameters: {
      type: 'object',
      properties: {
        command: { type: 'array', items: TEXT, description: 'The program and its arguments.' },
        working_directory: TEXT,
        timeout_ms: NUMBER,
        env: { type: 'object', additionalProperties: TEXT },
      },
      required: ['command'],
    },
    callType: 'local_shell_call',
    idPrefix: 'lsh',
    toCall: ({ command, working_directory: folder, timeout_ms: timeout, env }) => {
      const words = typeof command === 'string' ? ['sh', '-c', command] : toTexts(command);
      if (!words) return undefined;
      const variables = isRecord(env) ? Object.entries(env).filter(([, value]) => typeof value === 'string') : [];
      const action = {
        type: 'exec',
        command: words,
        env: Object.fromEntries(variables),
        ...(typeof folder === 'string' && { working_directory: folder }),
        ...(typeof timeout === 'number' && { timeout_ms: timeout }),
      };
      return { action };
    },
    toArguments: ({ action }) => {
      if (!isRecord(action)) return {};
      const { type: _type, ...rest } = action;
      return rest;
    },
    toResult: ({ output }) => toText(output),
  },
  shell: {
    description: 'Runs commands in a shell on the machine of the user, each on its own, and returns their output.',
    parameters: {
      type: 'object',
      properties: { commands: { type: 'array', items: TEXT }, timeout_ms: NUMBER, max_output_length: NUMBER },
      required: ['commands'],
    },
    callType: 'shell_call',
    idPrefix: 'sh',
    toCall: ({ commands, timeout_ms: timeout, max_output_length: length }) => {
      const lines = typeof commands === 'string' ? [commands] : toTexts(commands);
      const action = { commands: lines, timeout_ms: toNumber(timeout), max_output_length: toNumber(length) };
      return lines && { action };
    },
    toArguments: ({ action }) => (isRecord(action) ? action : {}),
    toResult: ({ output }) => (Array.isArray(output) ? output.map(toCommandResult).join('\n\n') : toText(output)),
  },
  apply_patch: {
    description:
      'Creates, changes or deletes one file. The diff of create_file has every line of the file behind a "+". The diff of update_file has sections that begin with "@@" and a line of context (a class, a function), in which lines begin with " " (unchanged), "-" (removed) or "+" (added), with three unchanged lines around each change; it has no line numbers.',
    parameters: {
      type: 'object',
      properties: {
        type: { type: 'string', enum: [...OPERATIONS] },
        path: { type: 'string', description: 'Path of the file.' },
        diff: { type: 'string', description: 'Not for delete_file.' },
      },
      required: ['type', 'path'],
    },
    callType: 'apply_patch_call',
    idPrefix: 'apc',
    toCall: ({ type, path, diff }) => {
      if (!OPERATIONS.has(type) || typeof path !== 'string') return undefined;
      if (type === 'delete_file') return { operation: { type, path } };
      return typeof diff === 'string' ? { operation: { type, path, diff } } : undefined;
    },
    toArguments: ({ operation }) => (isRecord(operation) ? operation : {}),
    toResult: ({ status, output }) => [status, output].filter((each) => typeof each === 'string').join(': '),
  },
};

/** The tool of a declaration; undefined for others, and for a shell in a container of the real API. */
export function builtInTool({ type, environment }: Item): (BuiltInTool & { readonly name: string }) | undefined {
  if (typeof type !== 'string' || !Object.hasOwn(BUILT_IN_TOOLS, type)) return undefined;
  if (isRecord(environment) && environment.type !== 'local') return undefined;
  const tool = BUILT_IN_TOOLS[type];
  return tool && { name: type, ...tool };
}

/** The tool whose call an item of the history is. */
export function toolOfCall({ type }: Item): readonly [name: string, tool: BuiltInTool] | undefined {
  return Object.entries(BUILT_IN_TOOLS).find(([, { callType }]) => callType === type);
}

/** The tool whose output an item of the history is. */
export function toolOfOutput({ type }: Item): BuiltInTool | undefined {
  return Object.values(BUILT_IN_TOOLS).find(({ callType }) => `${callType}_output` === type);
}

function toCommandResult(value: unknown): string {
  if (!isRecord(value)) return '';
  const { stdout, stderr, outcome } = value;
  const { type, exit_code: code } = isRecord(outcome) ? outcome : {};
  const ending = type === 'timeout' ? 'timed out' : typeof code === 'number' ? `exit code ${String(code)}` : '';
  return [stdout, stderr, ending].filter((each) => typeof each === 'string' && each !== '').join('\n');
}

function toTexts(value: unknown): string[] | undefined {
  return Array.isArray(value) && value.every((each) => typeof each === 'string') ? value : undefined;
}

function toNumber(value: unknown): number | null {
  return typeof value === 'number' ? value : null;
}

function toText(value: unknown): string {
  if (typeof value === 'string') return value;
  return value === undefined || value === null ? '' : JSON.stringify(value);
}
