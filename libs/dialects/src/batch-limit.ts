/** Texts for more inputs in one request than the upstream takes. */
const TOO_MANY_INPUTS =
  /batch ?size|\binputs?\b.{0,60}(too many|too large|array|items|elements|count|number|at most|length (must|should))|(too many|number of|maximum of|at most|up to|more than) \d* ?(inputs?|texts?|documents?|items|embeddings|instances)|array too long|max(imum)?[_ ](client_)?batch|instances? per (prediction|request)/i;

/** Texts for more tokens over all inputs of a request than the upstream takes. */
const TOO_MANY_TOKENS =
  /max(imum)?\b.{0,40}\btokens? (per|in (a|one)) (request|batch)|tokens? per (request|batch)|(total|sum|number) of (input )?tokens\b.{0,60}(batch|request|inputs)|batch\b.{0,40}\btoo many tokens/i;

/** A limit as a number: `not be larger than 10`, `> maximum allowed batch size 64`, `limit is 250`. */
const LIMIT =
  /(?:larger than|greater than|more than|less than or equal to|at most|up to|max(?:imum)?(?:[ _](?:allowed|size|batch|length|of|number|client))*|limit(?: is| of)?|exceeds?|must be (?:<=|≤)|<=|≤)\D{0,48}?(\d{1,6})\b/gi;

/**
 * How many inputs an embedding request may have, read from the rejection of one with `count` inputs: the number that the
 * text names, else half of them. Undefined when the rejection is about something else.
 */
export function batchLimitIn(text: string, count: number): number | undefined {
  if (count < 2 || isBatchTokenLimit(text) || !TOO_MANY_INPUTS.test(text)) return undefined;
  const limits = [...text.matchAll(LIMIT)].map((found) => Number(found[1])).filter((each) => each > 0 && each < count);
  return limits.length > 0 ? Math.max(...limits) : Math.floor(count / 2);
}

/** Whether the rejection is about the tokens of all inputs of a request together. */
export function isBatchTokenLimit(text: string): boolean {
  return TOO_MANY_TOKENS.test(text);
}
