import { extendVia } from '#connections';
import type { EdgeCheck } from './edge.js';

/** Refuses a request that this proxy has sent itself, and keeps the `Via` of proxies before it for its upstream. */
export function refuseLoop(pseudonym: string): EdgeCheck {
  return (request) => {
    const { via } = request.headers;
    const extended = via === undefined ? undefined : extendVia(via, pseudonym);
    if (extended !== undefined) request.via = extended;
    return true;
  };
}
