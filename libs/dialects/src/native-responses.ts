import { isRecord } from '#primitives';
import type { Adaptation, ProposedAdaptation, UpstreamProfile } from './adaptation.js';
import type { Rejection } from './rejection.js';
import { readComplaints } from './rejection.js';
import { isAboutPart, OPTIONAL_PARTS } from './responses-rules.js';
import type { Body } from './shape-request.js';

const ENCRYPTED = 'reasoning.encrypted_content';

/** How each optional part is left out of a client's own request; undefined where the request does not have it. */
const WITHOUT: Readonly<Record<string, (body: Body) => Body | undefined>> = {
  include: (body) => {
    const included = listOf(body.include);
    if (!included.includes(ENCRYPTED)) return undefined;
    const { include: _include, ...rest } = body;
    const others = included.filter((each) => each !== ENCRYPTED);
    return others.length > 0 ? { ...rest, include: others } : rest;
  },
  'reasoning.summary': (body) => {
    if (!isRecord(body.reasoning) || body.reasoning.summary === undefined) return undefined;
    const { summary: _summary, ...reasoning } = body.reasoning;
    const { reasoning: _reasoning, ...rest } = body;
    return Object.keys(reasoning).length > 0 ? { ...rest, reasoning } : rest;
  },
  reasoning_details: (body) => {
    const items = listOf(body.input);
    const others = items.filter((item) => !isRecord(item) || item.type !== 'reasoning');
    return others.length < items.length ? { ...body, input: others } : undefined;
  },
};

/** A client's request of the Responses API without the parts that its upstream refuses; the same object if it has none. */
export function adaptNativeResponses(body: Body, adaptations: readonly Adaptation[]): Body {
  return adaptations.reduce((adapted, each) => {
    const without = each.kind === 'drop' && each.value === undefined ? withoutOf(each.field) : undefined;
    return without?.(adapted) ?? adapted;
  }, body);
}

/** What to leave out of a client's request of the Responses API after a rejection (protocol D85). */
export function nativeAdaptationsFor(
  sent: Body,
  rejection: Rejection,
  { adaptations }: UpstreamProfile,
): ProposedAdaptation[] {
  const body = adaptNativeResponses(sent, adaptations);
  const found = OPTIONAL_PARTS.find(
    (part) => isAboutPart(part, sent, rejection) && withoutOf(part.proposed.adaptation.field)?.(body) !== undefined,
  );
  return found ? [found.proposed] : [];
}

function withoutOf(field: string): ((body: Body) => Body | undefined) | undefined {
  return Object.hasOwn(WITHOUT, field) ? WITHOUT[field] : undefined;
}

/** Types of tools and items that every server of the API has. */
const COMMON_FORMS = new Set(['function', 'message', 'function_call', 'function_call_output', 'reasoning']);

/** Where a text is about the type of a tool or an item. */
const ABOUT_TYPE = /\b(tools?|items?)\b.{0,60}\btypes?\b|\btypes?\b.{0,60}\b(tools?|items?)\b/i;

const TOOL_PATH = /^(?:body\.)?tools\W+(\d+)/;

/**
 * Whether a rejection of a client's request of the Responses API is about a form of tools or items that the server does not
 * know, such as namespaces or custom tools. Translated requests have functions only.
 */
export function refusesForms(sent: Body, { status, body }: Rejection): boolean {
  if (status !== 400 && status !== 422) return false;
  const tools = listOf(sent.tools).map(typeOf);
  const forms = new Set([...tools, ...listOf(sent.input).map(typeOf)].filter((type) => !COMMON_FORMS.has(type)));
  if (forms.size === 0) return false;
  return readComplaints(body, sent).some(({ text, path = '' }) => {
    const at = TOOL_PATH.exec(path)?.[1];
    if (at !== undefined) return forms.has(tools[Number(at)] ?? 'function');
    return ABOUT_TYPE.test(text) || [...forms].some((form) => new RegExp(`\\b${form}\\b`).test(text));
  });
}

function typeOf(value: unknown): string {
  return isRecord(value) && typeof value.type === 'string' && /^\w+$/.test(value.type) ? value.type : 'message';
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : [];
}
