import { pino } from 'pino';
import type { LogSettings } from '#config';
import type { LogDestinations } from './logger.options.js';
import { INFO, pinoOptions } from './logger.options.js';

/**
 * A log of lines with the level "info" and one message, for what is logged of every request. The lines are those of a logger
 * with `pinoOptions`, in a third of its time: the same parts are made once, and the fields, plain values, are written as they
 * are. The ids of the request are fields, too.
 * @returns undefined when the level is off
 */
export function openInfoLines(
  settings: LogSettings,
  { pretty, plain = process.stdout }: LogDestinations,
  message: string,
): ((fields: object) => void) | undefined {
  const { level, base, timestamp, formatters = {}, messageKey = 'msg' } = pinoOptions(settings, pretty);
  if (level !== 'info' && level !== 'debug') return undefined;
  const destination = pretty ?? plain;
  const timeOf = typeof timestamp === 'function' ? timestamp : pino.stdTimeFunctions.epochTime;
  const { log: rename } = formatters;
  const fieldsOf = (fields: object): object => (rename ? rename({ ...fields }) : fields);
  const head = `{${membersOf(formatters.level?.('info', INFO) ?? { level: INFO })}`;
  const constants = base ? `${membersOf(base)},` : '';
  const tail = `,${membersOf({ [messageKey]: message })}}\n`;
  return (fields) => {
    destination.write(`${head}${timeOf()},${constants}${membersOf(fieldsOf(fields))}${tail}`);
  };
}

/** The JSON of an object without its braces. */
function membersOf(object: object): string {
  return JSON.stringify(object).slice(1, -1);
}
