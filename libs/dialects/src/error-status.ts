/**
 * The status an Ollama client sees for a status of the backend (protocol D37, protocol W12).
 * A refusal of *our* key must not look like one of the client's: 401 makes Ollama clients start a sign-in.
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

/** Some servers answer 500 to what is the caller's mistake (protocol D37). */
function isClientMistake(text: string): boolean {
  return /too large to process|failed to parse|image input is not supported|is not supported by this server/i.test(
    text,
  );
}

/** 404 has many meanings; only this one may be told as "model not found" (protocol D38). */
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

/** Wordings of "the input does not fit" (protocol D51). */
const OVERFLOW =
  /context[ _](length|size|window)|context_length_exceeded|exceed_context_size|too_many_prompt_tokens|too large to process|physical batch size|maximum (input|sequence) length|input.{0,40}too long|must have less than \d+ tokens|exceeds the available context/i;

export function isContextOverflow(text: string): boolean {
  return OVERFLOW.test(text);
}
