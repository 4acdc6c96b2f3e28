import type { Adaptation, ProposedAdaptation, UpstreamProfile } from './adaptation.js';
import { adaptationsFor } from './adaptation-rules.js';
import type { Dialect } from './dialect.js';
import type { Rejection } from './rejection.js';
import { readComplaints } from './rejection.js';
import type { Body } from './shape-request.js';

/** Adaptations for the form of chat requests alone. */
const CHAT_KINDS: ReadonlySet<Adaptation['kind']> = new Set([
  'no-effort-with-tools',
  'rename',
  'stops',
  'reasoning-history',
  'completions',
]);

/** The profile of an upstream for requests that become requests of the Responses API. */
export function toResponsesProfile({ dialect, adaptations }: UpstreamProfile): UpstreamProfile {
  const { name, unsupported, schema, cannotDisableThinking } = dialect;
  const responses: Dialect = {
    name,
    thinking: 'effort',
    maxStops: 0,
    jsonWord: true,
    takesItems: true,
    ...(unsupported && { unsupported }),
    ...(schema && { schema }),
    ...(cannotDisableThinking && { cannotDisableThinking }),
  };
  return { dialect: responses, adaptations: adaptations.filter(({ kind }) => !CHAT_KINDS.has(kind)) };
}

/** Fields of the Responses API as rejections name them → those of the chat request they were made from. */
const CHAT_NAMES: readonly (readonly [RegExp, string])[] = [
  [/\breasoning\.effort\b/g, 'reasoning_effort'],
  [/\bmax_output_tokens\b/g, 'max_tokens'],
  [/\btext\.format\b/g, 'response_format'],
  [/\binput\[(?=\d)/g, 'messages['],
];

interface OptionalPart {
  readonly wording: RegExp;
  readonly proposed: ProposedAdaptation & { readonly adaptation: { readonly kind: 'drop'; readonly field: string } };
}

/** Parts of a Responses request that can be left out, by the rejections that concern them. */
export const OPTIONAL_PARTS: readonly OptionalPart[] = [
  // Reasoning of another account or deployment, or without the item that it belongs to.
  {
    wording:
      /invalid_encrypted_content|encrypted content\b.{0,80}could not be|\bitem\b.{0,80}not found|required following item/i,
    proposed: { adaptation: { kind: 'drop', field: 'reasoning_details' }, retention: 'request', scope: 'all' },
  },
  {
    wording: /reasoning[._ ]summar/i,
    proposed: { adaptation: { kind: 'drop', field: 'reasoning.summary' }, retention: 'kept', scope: 'all' },
  },
  {
    wording: /\binclude\b|encrypted[_ ]content/i,
    proposed: { adaptation: { kind: 'drop', field: 'include' }, retention: 'kept', scope: 'all' },
  },
];

/** Whether a rejection concerns an optional part of the request `sent`. */
export function isAboutPart({ wording }: OptionalPart, sent: Body, { status, body }: Rejection): boolean {
  if (status !== 400 && status !== 404 && status !== 422) return false;
  return readComplaints(body, sent).some(({ text, code, path = '' }) => wording.test(`${code} ${path} ${text}`));
}

/** As `adaptationsFor`, for a rejection by the Responses API of a request that was made from the chat request `sent`. */
export function responsesAdaptationsFor(
  sent: Body,
  { status, body }: Rejection,
  profile: UpstreamProfile,
): ProposedAdaptation[] {
  const isKnown = ({ adaptation: { field } }: OptionalPart['proposed']): boolean =>
    profile.adaptations.some((each) => each.kind === 'drop' && each.field === field);
  const found = OPTIONAL_PARTS.find((part) => !isKnown(part.proposed) && isAboutPart(part, sent, { status, body }));
  if (found) return [found.proposed];
  const inChatWords = CHAT_NAMES.reduce((text, [pattern, name]) => text.replace(pattern, name), body);
  return adaptationsFor(sent, { status, body: inChatWords }, profile);
}
