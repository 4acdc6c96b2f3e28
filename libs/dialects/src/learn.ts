import type { Adaptation, UpstreamProfile } from './adaptation.js';
import { findAdaptation, isSameAdaptation } from './adaptation.js';
import { findDialect, dialectOfRejection } from './dialect.js';
import { isContextOverflow } from './error-status.js';
import type { Body } from './shape-request.js';

/** A refusal as it came: status and body. */
export interface Rejection {
  readonly status: number;
  readonly body: string;
}

/** Wishes about how text is made: an answer without them is still the answer that was asked for. */
const PREFERENCES = [
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
];

/** Never a matter of how it was asked. */
const NOT_OURS =
  /content[_ ](filter|policy|management)|moderation|insufficient_quota|rate.?limit|billing|credit|api[_ ]key/i;

const EFFORTS = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'];

/**
 * The learning rule (protocol D29): what to do otherwise, from a refusal of `sent`. Empty when the refusal says
 * nothing that can be changed without changing what the client asked for.
 */
export function adaptationsFor(sent: Body, refusal: Rejection, profile: UpstreamProfile): Adaptation[] {
  if (!isAboutTheRequest(refusal)) return [];
  const text = refusal.body;
  const dialect = aboutDialect(text, profile);
  const found = [...dialect, ...aboutFields(sent, text, profile).filter((each) => !isKnownTo(dialect, each))];
  return found.filter((each, index) => {
    const isNew = !profile.adaptations.some((known) => isSameAdaptation(known, each));
    return isNew && found.findIndex((other) => isSameAdaptation(other, each)) === index;
  });
}

function isAboutTheRequest({ status, body }: Rejection): boolean {
  const isRefused = status === 400 || status === 422 || (status === 404 && /support/i.test(body));
  return isRefused && !isContextOverflow(body) && !NOT_OURS.test(body);
}

/** A refusal in the words of another dialect teaches all of that dialect at once. */
function aboutDialect(text: string, profile: UpstreamProfile): Adaptation[] {
  const dialect = dialectOfRejection(text);
  if (!dialect || dialect === profile.dialect) return [];
  const isNarrower = profile.dialect.name === 'plain' || dialect.narrows === profile.dialect.name;
  return isNarrower ? [{ kind: 'dialect', name: dialect.name }] : [];
}

/** A dialect that was just recognised has a field's matter in its row. */
function isKnownTo([recognised]: readonly Adaptation[], { kind, ...rest }: Adaptation): boolean {
  const row = recognised?.kind === 'dialect' ? findDialect(recognised.name) : undefined;
  if (!row) return false;
  if (kind === 'drop' && 'field' in rest)
    return row.unsupported?.includes(rest.field) === true || rest.field in (row.renamed ?? {});
  return kind === 'rename' && 'from' in rest && rest.from in (row.renamed ?? {});
}

function aboutFields(sent: Body, text: string, profile: UpstreamProfile): Adaptation[] {
  const names = (field: string): boolean => field in sent && mentions(text, field);
  return [
    ...aboutTokenLimit(text, names),
    ...aboutStops(sent, text, names),
    ...aboutThinking(sent, names, profile),
    ...aboutFormat(sent, text, profile),
    ...aboutMessages(sent, text),
    ...PREFERENCES.filter(names).map((field): Adaptation => ({ kind: 'drop', field })),
  ];
}

function aboutTokenLimit(text: string, names: (field: string) => boolean): Adaptation[] {
  if (names('max_tokens') && !/at least|greater than|must be (a )?positive/i.test(text)) {
    return [{ kind: 'rename', from: 'max_tokens', to: 'max_completion_tokens' }];
  }
  return names('max_completion_tokens') ? [{ kind: 'rename', from: 'max_completion_tokens', to: 'max_tokens' }] : [];
}

function aboutStops(sent: Body, text: string, names: (field: string) => boolean): Adaptation[] {
  if (!names('stop')) return [];
  const stops = sent.stop as unknown[];
  const most = Number(
    /(?:at most|maximum(?: length| of)?|up to|no more than|max(?:imum)?)\D{0,20}(\d+)/i.exec(text)?.[1] ?? Number.NaN,
  );
  if (most > 0 && most < stops.length) return [{ kind: 'stops', most }];
  const isTooMany = stops.length > 4 && /too (long|many)|array|length|items|elements/i.test(text);
  return isTooMany ? [{ kind: 'stops', most: 4 }] : [{ kind: 'drop', field: 'stop' }];
}

function aboutThinking(sent: Body, names: (field: string) => boolean, profile: UpstreamProfile): Adaptation[] {
  for (const field of ['reasoning', 'chat_template_kwargs', 'thinking', 'enable_thinking']) {
    if (names(field) && field in sent)
      return [{ kind: 'thinking', by: profile.dialect.thinking === 'effort' ? 'none' : 'effort' }];
  }
  if (!names('reasoning_effort')) return [];
  const value = String(sent.reasoning_effort);
  const wasChanged = profile.adaptations.some((each) => each.kind === 'effort');
  const instead = value === 'none' ? 'minimal' : 'high';
  const canMove = !wasChanged && EFFORTS.includes(value) && (value === 'none' || value === 'max');
  return [canMove ? { kind: 'effort', value, instead } : { kind: 'thinking', by: 'none' }];
}

function aboutFormat(sent: Body, text: string, profile: UpstreamProfile): Adaptation[] {
  const format = sent.response_format as { type?: string } | undefined;
  if (!format) return [];
  if (/must contain the word/i.test(text) && /json/i.test(text)) return [{ kind: 'json word' }];
  if (!/response_format|json_schema|json_object|schema/i.test(text)) return [];
  if (format.type === 'json_object') {
    if (findAdaptation(profile, 'schema') || profile.dialect.schema) return [{ kind: 'schema', by: 'prompt' }];
    return [{ kind: 'json', by: findAdaptation(profile, 'json') ? 'prompt' : 'schema' }];
  }
  const wasStrict = findAdaptation(profile, 'schema')?.by === 'strict';
  const wantsStrict = /additionalProperties|'?required'? .*(every|all)|strict/i.test(text);
  if (findAdaptation(profile, 'json')?.by === 'schema') return [{ kind: 'json', by: 'prompt' }];
  return [{ kind: 'schema', by: wantsStrict && !wasStrict ? 'strict' : 'object' }];
}

function aboutMessages(sent: Body, text: string): Adaptation[] {
  if (!('messages' in sent)) return [];
  const learned: Adaptation[] = [];
  if (/tool.?call.{0,40}(id|length)|a-zA-Z0-9, with a length of 9/i.test(text) && text.includes('9'))
    learned.push({ kind: 'tool ids' });
  if (
    /(developer|system)\W.{0,60}(not support|unsupported)|does not support '?system'?|'?messages\[0\]\.role'? does not support/i.test(
      text,
    )
  ) {
    learned.push({
      kind: 'system role',
      role: /'?developer'? (role )?(is|instead)/i.test(text) ? 'developer' : 'user',
    });
  } else if (/system (message|role|prompt).{0,60}(first|beginning|start|only one|one system)/i.test(text)) {
    learned.push({ kind: 'one system' });
  }
  if (/alternat/i.test(text)) learned.push({ kind: 'alternate' });
  if (
    /content.{0,80}(valid string|not be (null|empty)|none is not|should be a string|must be a string|null)/i.test(text)
  ) {
    learned.push({ kind: 'empty content' });
  }
  return learned;
}

/** As a word of its own, not as a part of another field's name. */
function mentions(text: string, field: string): boolean {
  return new RegExp(`(^|[^A-Za-z0-9_])${field}([^A-Za-z0-9_]|$)`).test(text);
}
