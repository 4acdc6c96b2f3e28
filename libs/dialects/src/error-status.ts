/**
 * The status for Ollama clients, by the status of the upstream (protocol D37, protocol W12). 401 and 403 become 502: they
 * concern the proxy's key, and 401 makes Ollama clients start a sign-in.
 */
export function statusForClient(upstreamStatus: number, text: string): number {
  if (upstreamStatus === 401 || upstreamStatus === 403) return 502;
  if (upstreamStatus === 408 || upstreamStatus === 499 || upstreamStatus === 524) return 504;
  if (upstreamStatus === 422 || upstreamStatus === 501) return 400;
  if (upstreamStatus === 498 || upstreamStatus === 529) return 503;
  if (upstreamStatus === 500 && isClientMistake(text)) return 400;
  if (upstreamStatus > 504 || upstreamStatus < 400) return 502;
  return upstreamStatus;
}

/** Some servers answer 500 to a mistake of the client (protocol D37). */
function isClientMistake(text: string): boolean {
  return /too large to process|failed to parse|image input is not supported|is not supported by this server/i.test(
    text,
  );
}

/** A 404 may also concern the route; only texts about the model become "model not found" (protocol D38). */
export function isModelNotFound(upstreamStatus: number, text: string): boolean {
  if (upstreamStatus !== 404 && upstreamStatus !== 400) return false;
  return (
    /model_not_found|deployment ?not ?found/i.test(text) ||
    /\bmodels?\b(?:[^.]|\.(?=\S)){0,120}\b(does not exist|not found|not exist|unknown|is not available)/i.test(text) ||
    /(no such|unknown|invalid) model\b/i.test(text) ||
    /not a valid model/i.test(text) ||
    /the api deployment for this resource does not exist/i.test(text)
  );
}

/** Texts for an input that exceeds the context (protocol D51). */
const OVERFLOW =
  /context[ _](length|size|window)|context_length_exceeded|exceed_context_size|too_many_(prompt|input)?_?tokens|(prompt|input)_too_long|token_limit_exceeded|too large to process|physical batch size|max(imum)? (input|sequence|prompt) length|range of input length|(input|prompt|conversation|history|messages?( list)?)\b(?! must| should).{0,40}too (long|large)\b|too many (input |prompt )?tokens|exceed(ed|s|ing)?\b.{0,40}\b(token limit|(max\w*|limit) (number )?of \d* ?tokens)|reduce (the (length|size) of )?(the|your) (messages|prompt|input|conversation)|tokens?`? (\+ .{0,40})?must be <=|must have less than \d+ tokens|exceeds the available context|\b(input|prompt|text|sequence|document)s?\b.{0,60}(exceed|longer than|too (long|large|many)|more than|greater than).{0,60}\b(tokens?|characters?|length|limit|size)|(max(imum)?|limit).{0,40}tokens?.{0,60}(exceed|requested|got|your)/i;

export function isContextOverflow(text: string): boolean {
  return OVERFLOW.test(text);
}
