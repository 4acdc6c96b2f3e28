import type { ErrorFormat } from './error-format.js';

/** One object with the text under `error` (protocol W6), also as the last line of a stream (protocol W36). */
export const ollamaFormat: ErrorFormat = {
  keepsUpstreamStatus: false,
  hasRetryHeader: false,
  body: ({ message }) => JSON.stringify({ error: message }),
  streamEnd: ({ message }) => `${JSON.stringify({ error: message })}\n`,
};
