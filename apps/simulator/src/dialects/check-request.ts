import type { JsonObject } from '../json.js';
import type { Dialect, Endpoint } from './dialect.js';
import { findMessageProblem } from './message-rules.js';

/** Refuses a request the dialect would refuse. */
export function checkRequest(body: JsonObject, endpoint: Endpoint, dialect: Dialect): void {
  checkFields(body, endpoint, dialect);
  for (const rule of dialect.rules?.[endpoint] ?? []) {
    const refusal = rule(body);
    if (refusal) throw refusal;
  }
  const problem = endpoint === 'chat' ? findMessageProblem(body, dialect) : undefined;
  if (problem) throw problem;
}

function checkFields(body: JsonObject, endpoint: Endpoint, { fields, unknownField }: Dialect): void {
  const known = fields?.[endpoint];
  const name = known && Object.keys(body).find((field) => !known.has(field));
  if (name !== undefined && unknownField) throw unknownField({ path: [name], value: body[name] });
}
