/** What a finish reason means, whichever word the upstream has for it. */
export type EndKind = 'stop' | 'length' | 'filter' | 'malformed' | 'failure' | 'unknown';

/** How some serializers write "no finish reason yet". */
const NO_REASON = /^(|null|none|undefined|nil|false|0|in_?progress|finish_reason_unspecified)$/i;

/** The first match counts (protocol D50). */
const KINDS: readonly (readonly [EndKind, RegExp])[] = [
  // The model produced something that is no answer, for example a tool call that cannot be parsed.
  ['malformed', /malformed|unexpected_tool_?call|too_many_tool_?calls|invalid_(tool|function)/i],
  // The output was withheld or cut; what has come is not the whole answer.
  [
    'filter',
    /content_?filter|safety|recitation|prohibited|blocklist|blocked|spii|sensitive|guardrail|moderation|refusal/i,
  ],
  [
    'failure',
    /^(error|abort|fail|network_|insufficient_system_resource|internal|server_|engine|time_?(d_)?out|overload|cancel|interrupt)/i,
  ],
  ['length', /^(length|max_|model_(length|context)|token_limit|context_|output_limit)/i],
  ['stop', /^(stop|end|eos|eot|done|complet|finish|tool|function)/i],
];

/** Undefined for a value that is no finish reason. */
export function kindOfReason(reason: unknown): EndKind | undefined {
  if (typeof reason !== 'string' || NO_REASON.test(reason.trim())) return undefined;
  return KINDS.find(([, pattern]) => pattern.test(reason))?.[0] ?? 'unknown';
}
