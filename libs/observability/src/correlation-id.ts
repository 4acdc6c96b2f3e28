import { randomUUID } from 'node:crypto';

/** Long enough for every tracing system's id, short enough to bound what a client writes into our logs. */
const ACCEPTED = /^[A-Za-z0-9._:/+=-]{1,128}$/;

/** The first usable one of the ids a client sent, or a new one. */
export function correlationIdFrom(...sent: (string | string[] | undefined)[]): string {
  for (const id of sent) {
    if (typeof id === 'string' && ACCEPTED.test(id)) return id;
  }
  return randomUUID();
}
