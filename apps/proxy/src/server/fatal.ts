import type { Logger } from 'pino';
import { redact } from '#dialects';

/** Bound on a chain of causes, which may be circular. */
const MAX_CAUSES = 5;

/**
 * Logs an uncaught error with its stacks. Nothing else of it is logged: other properties of an error may hold requests,
 * and a thrown value that is no Error may hold anything.
 */
export function logFatal(logger: Logger, error: unknown): void {
  logger.fatal({ stacks: stacksOf(error) }, 'uncaught error: the process shuts down');
}

function stacksOf(error: unknown): string[] {
  const stacks: string[] = [];
  for (let at = error; at !== undefined && stacks.length < MAX_CAUSES; at = at instanceof Error ? at.cause : undefined)
    stacks.push(at instanceof Error ? redact(at.stack ?? at.name) : `not an Error but ${typeof at}`);
  return stacks;
}
