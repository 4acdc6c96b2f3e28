import { isRecord } from '#primitives';
import type { Adaptation, ProposedAdaptation, Retention, Scalar, Scope, UpstreamProfile } from './adaptation.js';
import { findAdaptation, isSameAdaptation } from './adaptation.js';
import { dialectOfRejection, findDialect, PLAIN } from './dialect.js';
import { clampedLimit, readTokenNumbers, TOKEN_LIMIT_FIELDS } from './repairs/limits.js';
import { proposeApi, proposeOtherApi } from './api-rules.js';
import { exclusiveFields, REPAIR_RULES } from './repair-rules.js';
import type { Cause, Complaint, Rejection } from './rejection.js';
import { causeOf, isAboutRequest, isOverflow, namesField, readComplaints } from './rejection.js';
import type { Body } from './shape-request.js';

/** A complaint about one field of the request, or about none in particular. */
export interface Finding extends Complaint {
  readonly field: string;
  readonly value: unknown;
  readonly cause: Cause;
  readonly sent: Body;
  readonly profile: UpstreamProfile;
}

/** One row of the table: which complaints lead to which change of the request. */
export interface AdaptationRule {
  /** Fields that a complaint has to name; absent: complaints about the request as a whole. */
  readonly fields?: readonly string[];
  /** The request has to have this field. */
  readonly requires?: string;
  /** The text has to match. */
  readonly wording?: RegExp;
  /** Causes to which the rule applies; absent: all. */
  readonly causes?: readonly Cause[];
  /**
   * Absent: by the cause (RETENTION). `kept` is for changes that lose nothing and only affect requests that the upstream
   * would reject for the same reason.
   */
  readonly retention?: Retention;
  /** Absent: by the complaint's text. */
  readonly scope?: Scope;
  /** Loses nothing, and is used unprompted in the last try of a request. */
  readonly isPreventive?: true;
  readonly adapt: (finding: Finding) => Adaptation | undefined;
}

/** A value that was rejected proves nothing about other values, and a field that was rejected concerns all requests. */
const RETENTION: Readonly<Record<Cause, Retention>> = {
  field: 'kept',
  option: 'confirmed',
  unclear: 'confirmed',
  value: 'request',
};

/** Fields without which the answer is still the one that was requested. */
const OPTIONAL_FIELDS = [
  'stream_options',
  'temperature',
  'top_p',
  'top_k',
  'min_p',
  'typical_p',
  'repeat_penalty',
  'repetition_penalty',
  'repeat_last_n',
  'presence_penalty',
  'frequency_penalty',
  'seed',
  'random_seed',
  'top_logprobs',
  'logprobs',
  'encoding_format',
  'logit_bias',
  'parallel_tool_calls',
  'service_tier',
  'prompt_cache_key',
  'safety_identifier',
  'verbosity',
];

/** The same, of which the names are ordinary words: a complaint has to quote them. */
const QUOTED_FIELDS = ['user', 'store', 'metadata'];

/** Fields whose names are ordinary words in a complaint, and that are never left out. */
const NOT_A_SETTING = new Set(['model', 'messages', 'prompt', 'input', 'stream', 'tools']);

const EFFORTS = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'];

/** What follows the words that announce the values of a field. */
const EFFORT_LIST =
  /(?:supported values|allowed values|valid values|permitted values|one of|must be|should be|expected|choose|only)\b(.*)/is;

const NOT_SUPPORTED =
  /not (\w+ )?(support|permit|allow|available|accept)|unsupported|unavailable|unknown|unrecogni|unexpected|extra_forbidden/i;

const RULES: readonly AdaptationRule[] = [
  {
    fields: ['max_tokens'],
    causes: ['field', 'unclear'],
    adapt: () => ({ kind: 'rename', from: 'max_tokens', to: 'max_completion_tokens' }),
  },
  {
    fields: ['max_completion_tokens'],
    causes: ['field', 'unclear'],
    adapt: () => ({ kind: 'rename', from: 'max_completion_tokens', to: 'max_tokens' }),
  },
  // Limits on stop sequences lose nothing: the answer is cut here at those that are not sent.
  { fields: ['stop'], causes: ['field'], adapt: () => ({ kind: 'drop', field: 'stop' }) },
  { fields: ['stop'], causes: ['value', 'option', 'unclear'], retention: 'kept', adapt: limitStops },
  {
    fields: ['stop'],
    causes: ['value', 'option', 'unclear'],
    adapt: (finding) => (limitStops(finding) ? undefined : { kind: 'drop', field: 'stop' }),
  },
  {
    fields: ['reasoning', 'chat_template_kwargs', 'thinking', 'enable_thinking'],
    adapt: ({ profile }) => ({ kind: 'thinking', by: profile.dialect.thinking === 'effort' ? 'none' : 'effort' }),
  },
  { fields: ['reasoning_effort'], causes: ['field'], adapt: () => ({ kind: 'thinking', by: 'none' }) },
  // A replacement concerns requests with the rejected effort only.
  { fields: ['reasoning_effort'], causes: ['value', 'option', 'unclear'], retention: 'kept', adapt: replaceEffort },
  {
    requires: 'response_format',
    wording: /must contain the word.{0,20}json|json.{0,40}must contain the word/i,
    retention: 'kept',
    adapt: () => ({ kind: 'json-word' }),
  },
  { requires: 'response_format', wording: /response_format|json_schema|json_object|schema/i, adapt: adaptFormat },
  {
    requires: 'messages',
    wording: /tool.?call.{0,40}(id|length).*9|a-zA-Z0-9, with a length of 9/i,
    retention: 'kept',
    adapt: () => ({ kind: 'tool-ids' }),
  },
  {
    requires: 'messages',
    wording:
      /system\W.{0,60}(not (\w+ )?support|unsupported)|does not support ['"`]?(system|developer)\b|['"`](system|developer)['"`] is not (one of|a valid|an allowed|a supported)|(invalid|unknown|unsupported) (message )?role\W.{0,20}\b(system|developer)\b|role ['"`]?(system|developer)['"`]? is (invalid|unknown|not)/i,
    retention: 'kept',
    adapt: ({ text }) => ({
      kind: 'system-role',
      role: /'?developer'? (role )?(is|instead)/i.test(text) ? 'developer' : 'user',
    }),
  },
  {
    requires: 'messages',
    wording:
      /system (message|role|prompt).{0,60}(first|beginning|start|only one|one system|middle|must (come|precede))|(only one|single|multiple|second|more than one) system|unexpected (message )?role\W{1,3}system/i,
    retention: 'kept',
    isPreventive: true,
    adapt: () => ({ kind: 'single-system' }),
  },
  {
    requires: 'messages',
    wording: /\balternat(e|es|ing|ion)\b/i,
    retention: 'kept',
    isPreventive: true,
    adapt: () => ({ kind: 'alternate' }),
  },
  {
    requires: 'messages',
    wording:
      /consecutive|successive|in a row|back.to.back|same role|repeated role|immediately after a (user|function)/i,
    retention: 'kept',
    adapt: ({ sent }) => (hasNeighboursOfOneRole(sent) ? { kind: 'alternate' } : undefined),
  },
  {
    requires: 'messages',
    wording:
      /\b(none|null|nil)\b.{0,60}\bcontent\b|content.{0,80}(valid string|not be (null|empty)|none (type )?is not|not of type '?string|<nil>|(should|must) be a (valid )?string|\bnull\b)/i,
    retention: 'kept',
    isPreventive: true,
    adapt: ({ sent }) => (hasNullContent(sent) ? { kind: 'empty-content' } : undefined),
  },
  {
    fields: ['max_tokens', 'max_completion_tokens'],
    requires: 'reasoning_effort',
    wording: /(greater|larger|more|higher) than.{0,20}(thinking|reasoning|budget)/i,
    retention: 'request',
    // The client's limit is too small for any thinking.
    adapt: () => ({ kind: 'thinking', by: 'none' }),
  },
  { fields: OPTIONAL_FIELDS, adapt: ({ field }) => ({ kind: 'drop', field }) },
  {
    fields: QUOTED_FIELDS,
    causes: ['field'],
    adapt: ({ field, path, text }) =>
      path !== undefined || new RegExp(`['"\`]${field}['"\`]`).test(text) ? { kind: 'drop', field } : undefined,
  },
  // The rejected value alone needs no confirmation.
  {
    fields: OPTIONAL_FIELDS,
    causes: ['option', 'unclear'],
    retention: 'kept',
    adapt: ({ field, value }) => (isScalar(value) ? { kind: 'drop', field, value } : undefined),
  },
];

/**
 * The changes that a rejection of `sent` suggests (protocol D29). Empty if none of them would keep what the client
 * requested.
 */
export function adaptationsFor(sent: Body, rejection: Rejection, profile: UpstreamProfile): ProposedAdaptation[] {
  const limit = tokenLimitFor(sent, rejection);
  if (limit) return [limit];
  const api = apiFor(sent, rejection, profile);
  if (api) return [api];
  if (!isAboutRequest(rejection) || isOverflow(rejection, sent)) return [];
  const complaints = readComplaints(rejection.body, sent);
  const proposed = complaints.flatMap((complaint) => {
    const dialects = proposeDialect(complaint, sent, profile);
    const others = proposeFields(complaint, sent, profile).filter(({ adaptation }) => !isCovered(dialects, adaptation));
    return [...dialects, ...others];
  });
  return proposed.filter(({ adaptation }, index) => {
    const isNew = !profile.adaptations.some((known) => covers(known, adaptation));
    return isNew && proposed.findIndex((other) => isSameAdaptation(other.adaptation, adaptation)) === index;
  });
}

/**
 * The changes without loss that other upstreams would need for `sent`. Rejections name one problem each, and a request may
 * have more of them than it has tries: the last try goes out in a form without any.
 */
export function preventiveAdaptations(sent: Body, profile: UpstreamProfile): ProposedAdaptation[] {
  const preventive = [...RULES, ...REPAIR_RULES].filter(({ isPreventive }) => isPreventive);
  return preventive.flatMap(({ requires, scope = 'all', adapt }) => {
    if (requires !== undefined && sent[requires] === undefined) return [];
    const adaptation = adapt({ ...NO_COMPLAINT, sent, profile });
    const isNew = adaptation && !profile.adaptations.some(({ kind }) => kind === adaptation.kind);
    return isNew ? [{ adaptation, retention: 'request', scope }] : [];
  });
}

/**
 * An unknown upstream is sent the effort "none" without knowing whether it has one (protocol D53), so a rejection that
 * names nothing of the request may be about that.
 */
export function unconfirmedAdaptations(
  sent: Body,
  rejection: Rejection,
  profile: UpstreamProfile,
): ProposedAdaptation[] {
  const isUnconfirmed = profile.dialect === PLAIN && sent.reasoning_effort === 'none';
  if (!isUnconfirmed || !isAboutRequest(rejection) || isOverflow(rejection, sent)) return [];
  const isAboutOther = readComplaints(rejection.body, sent).some((complaint) =>
    Object.keys(sent).some((field) => field !== 'model' && namesField(complaint, field)),
  );
  const adaptation: Adaptation = { kind: 'effort', value: 'none', instead: 'omit' };
  return isAboutOther ? [] : [{ adaptation, retention: 'kept', scope: 'all' }];
}

const NO_COMPLAINT = { text: '', path: undefined, code: '', field: '', value: undefined, cause: 'unclear' } as const;

/** Another API for a chat request, unless the upstream turned out to have none. */
function apiFor(sent: Body, rejection: Rejection, profile: UpstreamProfile): ProposedAdaptation | undefined {
  if (sent.messages === undefined || findAdaptation(profile, 'api')?.name === 'chat') return undefined;
  const complaints = isAboutRequest(rejection) ? readComplaints(rejection.body, sent) : [];
  return proposeApi(complaints, sent) ?? proposeOtherApi(rejection);
}

/** The prompt fits into the context, but not together with the tokens that the answer may have. */
function tokenLimitFor(sent: Body, { status, body }: Rejection): ProposedAdaptation | undefined {
  if (status !== 400 && status !== 422) return undefined;
  const requested = TOKEN_LIMIT_FIELDS.map((field) => Number(sent[field])).find((each) => each > 0);
  const { prompt, context } = readTokenNumbers(body);
  if (requested === undefined || prompt === undefined || context === undefined) return undefined;
  const max = clampedLimit(requested, { prompt, context });
  return max === undefined
    ? undefined
    : { adaptation: { kind: 'token-limit', max }, retention: 'request', scope: 'all' };
}

/** The known adaptation makes the other one unnecessary. */
function covers(known: Adaptation, other: Adaptation): boolean {
  const isBroader = known.kind === 'drop' && other.kind === 'drop' && known.value === undefined;
  return isBroader ? known.field === other.field : isSameAdaptation(known, other);
}

/** A rejection in the words of another dialect suggests all of that dialect. */
function proposeDialect(complaint: Complaint, sent: Body, profile: UpstreamProfile): ProposedAdaptation[] {
  const dialect = dialectOfRejection(`${complaint.code} ${complaint.text}`);
  if (!dialect || dialect === profile.dialect) return [];
  const isMoreSpecific = profile.dialect.name === 'plain' || dialect.narrows === profile.dialect.name;
  const field = Object.keys(sent).find((each) => !NOT_A_SETTING.has(each) && namesField(complaint, each));
  const cause = causeOf(complaint, field === undefined ? undefined : sent[field]);
  if (!isMoreSpecific || cause === 'value') return [];
  return [{ adaptation: { kind: 'dialect', name: dialect.name }, retention: RETENTION[cause], scope: 'all' }];
}

/** The row of a dialect that is kept has the change already. */
function isCovered([recognised]: readonly ProposedAdaptation[], adaptation: Adaptation): boolean {
  if (recognised?.retention !== 'kept' || recognised.adaptation.kind !== 'dialect') return false;
  const row = findDialect(recognised.adaptation.name);
  if (!row) return false;
  const { renamed = {}, unsupported = [] } = row;
  if (adaptation.kind === 'drop') return unsupported.includes(adaptation.field) || adaptation.field in renamed;
  return adaptation.kind === 'rename' && adaptation.from in renamed;
}

function proposeFields(complaint: Complaint, sent: Body, profile: UpstreamProfile): ProposedAdaptation[] {
  const exclusive = exclusiveFields({ text: complaint.text, sent });
  if (exclusive) return [{ adaptation: exclusive, retention: 'kept', scope: 'all' }];
  return [...RULES, ...REPAIR_RULES].flatMap((rule) => {
    if (rule.requires !== undefined && sent[rule.requires] === undefined) return [];
    if (rule.wording?.test(complaint.text) === false) return [];
    const fields = rule.fields?.filter((field) => field in sent && namesField(complaint, field)) ?? [''];
    return fields.flatMap((field) => {
      const value = sent[field];
      const cause = causeOf(complaint, value);
      if (rule.causes?.includes(cause) === false) return [];
      const adaptation = rule.adapt({ ...complaint, field, value, cause, sent, profile });
      if (!adaptation) return [];
      const retention = rule.retention ?? (rule.fields ? RETENTION[cause] : retentionOfFormat(complaint));
      return [{ adaptation, retention, scope: rule.scope ?? scopeOf(complaint, sent, field) }];
    });
  });
}

/** Some fields are rejected only together with tools or with a schema. */
function scopeOf({ text }: Complaint, sent: Body, field: string): Scope {
  if (field === '') return 'all';
  if (sent.tools !== undefined && /\btools?\b|function call/i.test(text)) return 'tools';
  return sent.response_format !== undefined && /response_format|json_(schema|object|mode)/i.test(text)
    ? 'schema'
    : 'all';
}

function limitStops({ text, value }: Finding): Adaptation | undefined {
  const stops = value as readonly unknown[];
  const max = Number(
    /(?:at most|maximum(?: length| of)?|up to|no more than|max(?:imum)?)\D{0,20}(\d+)/i.exec(text)?.[1] ?? Number.NaN,
  );
  if (max > 0 && max < stops.length) return { kind: 'stops', max };
  const isTooMany = stops.length > 4 && /too (long|many)|array|length|items|elements/i.test(text);
  return isTooMany ? { kind: 'stops', max: 4 } : undefined;
}

/** The nearest effort of those that the text names, else one that more models have; the second time the field is left out. */
function replaceEffort({ value, text, profile }: Finding): Adaptation | undefined {
  if (typeof value !== 'string') return undefined;
  const replaced = profile.adaptations.filter((each) => each.kind === 'effort');
  const original = replaced.find((each) => each.instead === value);
  if (original) return { kind: 'effort', value: original.value, instead: 'omit' };
  if (replaced.length > 0) return { kind: 'effort', value, instead: 'omit' };
  return { kind: 'effort', value, instead: nearestEffort(value, text) ?? (value === 'max' ? 'high' : 'omit') };
}

/** The effort in a list of the text that is nearest to the rejected one. */
function nearestEffort(value: string, text: string): string | undefined {
  const list = EFFORT_LIST.exec(text)?.[1] ?? '';
  const offered = EFFORTS.filter((each) => each !== value && new RegExp(`\\b${each}\\b`, 'i').test(list));
  const wanted = EFFORTS.indexOf(value);
  if (wanted < 0) return offered.includes('medium') ? 'medium' : offered[0];
  const distance = (effort: string): number => Math.abs(EFFORTS.indexOf(effort) - wanted);
  return offered.toSorted((left, right) => distance(left) - distance(right))[0];
}

/** From a schema over JSON mode to the prompt, so that the answer has the requested form in any case. */
function adaptFormat({ text, sent, profile }: Finding): Adaptation | undefined {
  // About the schema of a tool, or about tools and a format together: rules of their own.
  if (sent.tools !== undefined && /\b(tools?|functions?)\b|function_?parameters|function calling/i.test(text))
    return undefined;
  const { type } = sent.response_format as { type?: string };
  if (type === 'json_object') {
    if (findAdaptation(profile, 'schema') ?? profile.dialect.schema) return { kind: 'schema', by: 'prompt' };
    return { kind: 'json', by: findAdaptation(profile, 'json') ? 'prompt' : 'schema' };
  }
  if (findAdaptation(profile, 'json')?.by === 'schema') return { kind: 'json', by: 'prompt' };
  const wasStrict = findAdaptation(profile, 'schema')?.by === 'strict';
  return { kind: 'schema', by: demandsStrict(text) && !wasStrict ? 'strict' : 'object' };
}

function demandsStrict(text: string): boolean {
  return /additionalProperties|'?required'? .*(every|all)|strict/i.test(text);
}

/** Kept if the format itself is not supported; a complaint about one schema may concern that schema alone. */
function retentionOfFormat({ text, code }: Complaint): Retention {
  if (demandsStrict(text)) return 'confirmed';
  const isAboutSchema = /schema for|in context|keyword|propert|\$ref|\btype ['"](?!json_|text)\w+['"]/i.test(text);
  if (isAboutSchema) return 'request';
  return NOT_SUPPORTED.test(text) || NOT_SUPPORTED.test(code) || /must be .*('text'|'json_schema')/i.test(text)
    ? 'kept'
    : 'confirmed';
}

function rolesOf({ messages }: Body): unknown[] {
  return Array.isArray(messages) ? messages.map((each) => (isRecord(each) ? each.role : undefined)) : [];
}

function hasNeighboursOfOneRole(sent: Body): boolean {
  return rolesOf(sent).some((role, at, all) => role === all[at + 1] && role !== 'tool');
}

function hasNullContent({ messages }: Body): boolean {
  return Array.isArray(messages) && messages.some((each) => isRecord(each) && (each.content ?? null) === null);
}

function isScalar(value: unknown): value is Scalar {
  return typeof value === 'number' || typeof value === 'boolean' || (typeof value === 'string' && value.length <= 40);
}
