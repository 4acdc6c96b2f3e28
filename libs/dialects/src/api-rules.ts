import type { ProposedAdaptation } from './adaptation.js';
import { isModelNotFound } from './error-status.js';
import type { Complaint, Rejection } from './rejection.js';
import { readComplaints } from './rejection.js';
import type { Body } from './shape-request.js';

/** Rejections by chat completions of models that are served by the Responses API (protocol D80). */
const OTHER_API = /\bv1\/responses\b|\/responses\b|chatCompletion operation does not work/i;
const OTHER_API_CODE = /^(unsupported_api_for_model|OperationNotSupported)$/i;

/** Also said of models for completions or embeddings, so the name has to be that of a model for responses. */
const NOT_CHAT = /not a chat model/i;
const RESPONSES_MODEL = /codex|-pro\b|deep-research|computer-use/i;

/** The Responses API instead of chat completions: for all requests, or for those with tools. */
export function proposeApi(complaints: readonly Complaint[], sent: Body): ProposedAdaptation | undefined {
  const found = complaints.find(
    ({ text, code }) =>
      OTHER_API.test(text) ||
      code.split(' ').some((each) => OTHER_API_CODE.test(each)) ||
      (NOT_CHAT.test(text) && RESPONSES_MODEL.test(String(sent.model))),
  );
  if (!found) return undefined;
  const isAboutTools = sent.tools !== undefined && /\btools?\b/i.test(found.text);
  return {
    adaptation: { kind: 'api', name: 'responses' },
    retention: 'kept',
    scope: isAboutTools ? 'tools' : 'all',
  };
}

/** What servers without a path answer, whatever the request is. */
const NO_PATH =
  /unknown[_ ](request )?(url|path|route|endpoint)|cannot post|no (such )?(route|handler|endpoint)|(page|route|path|endpoint|resource) not found|method not allowed|^\W*(404 )?not found\W*$|"(detail|error|message)":\s*"not found"/i;

/** The Responses API instead of chat completions that the upstream does not have at all. */
export function proposeOtherApi({ status, body }: Rejection): ProposedAdaptation | undefined {
  if ((status !== 404 && status !== 405) || !NO_PATH.test(body) || isModelNotFound(status, body)) return undefined;
  return { adaptation: { kind: 'api', name: 'responses' }, retention: 'kept', scope: 'all' };
}

/** Rejections of text completions by models that are served by chat completions alone. */
const NO_COMPLETIONS = [
  /(?<!\bnot )\ban? (chat|conversational) model\b.{0,40}\bnot support/i,
  /\buse (the )?['"`]?(\/?v1)?\/?chat[ /._-]?completions?\b/i,
  /\bonly (supports?|(available|supported|served) (by|on|in|with|through|via)) (the )?['"`]?(\/?v1)?\/?chat\b/i,
  /\bcompletion operation does not work/i,
  /(\bnot|n't) (support|have|implement|provide|offer)( the| a| legacy| text)*[ -]['"`]?(\/?v1)?\/?completions?\b/i,
  /(?<!chat[ /._-]?)\bcompletions?( api| endpoint)?['"`]? (is|are) (not|un)[ -]?(supported|available|implemented|enabled)\b/i,
];

/** Whether a rejection is about text completions as such, which the upstream does not have or not for this model. */
export function refusesCompletions({ body }: Rejection, sent: Body): boolean {
  return readComplaints(body, sent).some(({ text }) => NO_COMPLETIONS.some((wording) => wording.test(text)));
}
