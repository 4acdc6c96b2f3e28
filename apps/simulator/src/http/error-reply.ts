import type { Dialect } from '../dialects/dialect.js';
import type { Script } from '../scripts/script.js';
import { toErrorBody } from './error-body.js';
import { jsonReply, textReply } from './json-reply.js';
import { Refusal } from './refusal.js';
import type { Reply } from './reply.js';

export function errorReply(refusal: Refusal, dialect: Dialect): Reply {
  return jsonReply(refusal.status, toErrorBody(dialect.errors, refusal));
}

/** The error a script asks for instead of an answer, if it does. */
export function scriptedErrorReply(script: Script, dialect: Dialect): Reply | undefined {
  const { status = script.html ? 502 : 200, error, retryAfter } = script;
  if (script.status === undefined && error === undefined && !script.html) return undefined;
  const message = error ?? `Simulated error ${status}`;
  const reply = script.html
    ? textReply(status, 'text/html', htmlPage(status, message))
    : errorReply(new Refusal(status, message), dialect);
  if (retryAfter !== undefined) reply.headers['Retry-After'] = retryAfter;
  return reply;
}

function htmlPage(status: number, message: string): string {
  const title = `${status} ${message}`;
  return `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n`;
}
