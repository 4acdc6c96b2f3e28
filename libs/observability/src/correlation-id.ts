import { randomUUID } from 'node:crypto';

/** The length fits the ids of all tracing systems and bounds what a client can write into the log. */
const ACCEPTED = /^[A-Za-z0-9._:/+=-]{1,128}$/;

/** The first valid id among those that the client sent, or a new one. */
export function correlationIdFrom(...sent: (string | string[] | undefined)[]): string {
  for (const id of sent) {
    if (typeof id === 'string' && ACCEPTED.test(id)) return id;
  }
  return randomUUID();
}
