import type { JsonObject } from '../json.js';

interface RefusalDetails {
  type?: string;
  code?: string | null;
  param?: string | null;
  /** A ready body, for dialects whose shape depends on the mistake. */
  body?: JsonObject | JsonObject[];
}

/** A rejected request; the dialect gives it its shape on the wire. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly details: RefusalDetails = {},
  ) {
    super(message);
  }
}

/** A 400 in OpenAI's words. */
export function badRequest(message: string, param: string | null = null, code: string | null = null): Refusal {
  return new Refusal(400, message, { param, code });
}
