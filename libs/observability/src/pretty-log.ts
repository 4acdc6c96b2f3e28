import type { DestinationStream } from 'pino';
import type { LogSettings } from '#config';

/** They are not repeated after the text. */
const IN_TEXT = ['context', 'method', 'path', 'status', 'ms'];

/** Control characters, which a terminal would interpret; paths and texts of upstreams come from outside. */

const CONTROL = /[\u0000-\u001f\u007f-\u009f]/g;

/** Fields of our own lines that the text of a line has. */
type LineFields = Partial<Record<'msg' | 'context' | 'method' | 'path' | 'status' | 'ms', string | number>>;

/** Opens a log that people can read on a terminal. @returns undefined if lines are JSON, which pino writes itself */
export async function openPrettyLog(
  { format }: LogSettings,
  isTerminal = process.stdout.isTTY,
): Promise<DestinationStream | undefined> {
  if (format === 'json' || (format === 'auto' && !isTerminal)) return undefined;
  // Loaded only here, since most processes write JSON.
  const { prettyFactory } = await import('pino-pretty');
  const toText = prettyFactory({
    singleLine: true,
    translateTime: 'SYS:HH:MM:ss',
    ignore: IN_TEXT.join(),
    messageFormat: (fields) => describeLine(fields).replaceAll(CONTROL, ' '),
  });
  return { write: (line) => void process.stdout.write(toText(line)) };
}

function describeLine(fields: LineFields): string {
  const { msg = '', context, method, path = '', status, ms = '' } = fields;
  if (method !== undefined) return `${method} ${path} ${status ?? ''} in ${ms} ms`;
  return `${context === undefined ? '' : `${context}: `}${msg}${status === undefined ? '' : ` (${status})`}`;
}
