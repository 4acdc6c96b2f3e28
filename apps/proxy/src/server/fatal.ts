import { PinoLogger } from 'nestjs-pino';
import { redact } from '#dialects';

/** How far causes are followed. */
const MOST_CAUSES = 5;

/**
 * One line for an error that nobody caught, with where it came from. Only stacks are told: other properties of an error
 * may hold requests, and what is not an error may be anything.
 */
export function logFatal(error: unknown): void {
  PinoLogger.root.fatal({ stacks: stacksOf(error) }, 'uncaught error: the process ends');
}

function stacksOf(error: unknown): string[] {
  const stacks: string[] = [];
  for (let at = error; at !== undefined && stacks.length < MOST_CAUSES; at = at instanceof Error ? at.cause : undefined)
    stacks.push(at instanceof Error ? redact(at.stack ?? at.name) : `not an Error but ${typeof at}`);
  return stacks;
}
