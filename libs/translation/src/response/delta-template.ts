import type { OpenAiAnswer, OpenAiDelta } from '#contracts';
import { endOfText } from '#json-bytes';
import type { EventTemplate } from '#streaming';

const KEYS = {
  content: /"content"\s*:\s*"/g,
  reasoning: /"reasoning"\s*:\s*"/g,
  reasoning_content: /"reasoning_content"\s*:\s*"/g,
  arguments: /"arguments"\s*:\s*"/g,
};

/** Characters that are escaped, or not allowed, inside a JSON string. */
const NEEDS_DECODING = /["\\\u0000-\u001f]/;

/** With an upstream that writes each event differently (padding, timestamps) learning stops after this many templates. */
const MAX_VAIN_TEMPLATES = 8;

/** About a hundred characters are around a text; a much longer template costs more to compare than it saves. */
const MAX_TEMPLATE_LENGTH = 2048;

const ENVELOPE_KEYS = new Set([
  ...['id', 'object', 'created', 'model', 'system_fingerprint', 'service_tier', 'provider', 'choices'],
]);

/** The one text of an event that may differ from event to event. */
interface DeltaText {
  readonly key: keyof typeof KEYS;
  readonly text: string;
  /** The delta with another text. */
  readonly withText: (text: string) => OpenAiDelta;
}

/**
 * The fast path for most events of a stream: those that differ from a parsed one in one text only, which is content,
 * thinking, or the arguments of a call. Such an event is not parsed; its text is what is between the template's prefix and
 * suffix. Every other event is parsed, with the same result (test/property/delta-template.spec.ts; invariants in
 * libs/streaming/README.md).
 */
export class DeltaTemplate {
  /** What is around the text of the latest event that was learned from. */
  template: EventTemplate | undefined;
  /** That event. */
  private learned: DeltaText | undefined;
  /** Templates since the latest match. */
  private vain = 0;

  /** Whether the text of the template is content. */
  get isContent(): boolean {
    return this.learned?.key === 'content';
  }

  /** Whether events may match: now, or after another one was learned from. */
  get isUseful(): boolean {
    return this.vain < MAX_VAIN_TEMPLATES;
  }

  /** The delta of an event of the template. */
  deltaOf(text: string): OpenAiDelta {
    return this.learned?.withText(text) ?? { content: text };
  }

  /** An event of the template has come. */
  confirm(): void {
    this.vain = 0;
  }

  /** The text of an event that matches the template; undefined when the event has to be parsed. */
  textOf(data: string): string | undefined {
    if (!this.template) return undefined;
    const { prefix, suffix } = this.template;
    const end = data.length - suffix.length;
    if (end < prefix.length) return undefined;
    // Comparing slices is several times faster here than startsWith, which does not compare whole words of memory.
    // eslint-disable-next-line @typescript-eslint/prefer-string-starts-ends-with
    if (data.slice(0, prefix.length) !== prefix || data.slice(end) !== suffix) return undefined;
    const text = decode(data.slice(prefix.length, end));
    if (text !== undefined) this.confirm();
    return text;
  }

  /** Takes the template from an event that was parsed, if a text is all that it contains. */
  learn(data: string, event: OpenAiAnswer): void {
    if (!this.isUseful || data.includes('\n')) return;
    const found = textIn(event);
    if (!found) return;
    const [match, ...others] = data.matchAll(KEYS[found.key]);
    if (!match || others.length > 0) return;
    const start = match.index + match[0].length;
    const end = endOfText(data, start - 1) - 1;
    const prefix = data.slice(0, start);
    const suffix = data.slice(end);
    if (prefix.length + suffix.length > MAX_TEMPLATE_LENGTH) return;
    if (decode(data.slice(start, end)) !== found.text || !isTextPosition(found.key, prefix, suffix)) return;
    this.template = { prefix, suffix };
    this.learned = found;
    this.vain += 1;
  }
}

/** The text without JSON escapes; undefined when `escaped` is not the inside of exactly one JSON string. */
function decode(escaped: string): string | undefined {
  if (!NEEDS_DECODING.test(escaped)) return escaped;
  if (!escaped.includes('\\')) return undefined;
  try {
    return JSON.parse(`"${escaped}"`) as string;
  } catch {
    return undefined;
  }
}

/** Whether a value between the two is the text of the event; a duplicate key could overrule it. */
function isTextPosition(key: DeltaText['key'], prefix: string, suffix: string): boolean {
  const found = textIn(JSON.parse(`${prefix}probe${suffix}`) as OpenAiAnswer);
  return found?.key === key && found.text === 'probe';
}

/**
 * The text of an event that contains nothing else. An empty one does not count: the first event of a text or a call is
 * often empty, and has fields that no other has.
 */
function textIn(event: OpenAiAnswer): DeltaText | undefined {
  const [choice, ...more] = event.choices ?? [];
  if (!choice || more.length > 0 || (choice.index ?? 0) !== 0) return undefined;
  const { delta, index: _index, ...rest } = choice;
  if (!delta || Object.values(rest).some((value) => value !== null)) return undefined;
  if (Object.entries(event).some(([key, value]) => !ENVELOPE_KEYS.has(key) && value !== null)) return undefined;
  for (const key of ['content', 'reasoning_content', 'reasoning'] as const) {
    const text = delta[key];
    if (typeof text === 'string' && text !== '')
      return isEmptyBut(key, delta) ? { key, text, withText: (other) => ({ [key]: other }) } : undefined;
  }
  const [fragment, ...moreCalls] = delta.tool_calls ?? [];
  const text = fragment?.function?.arguments;
  if (moreCalls.length > 0 || typeof text !== 'string' || text === '' || !isEmptyBut('tool_calls', delta))
    return undefined;
  return {
    key: 'arguments',
    text,
    withText: (other) => ({ tool_calls: [{ ...fragment, function: { ...fragment?.function, arguments: other } }] }),
  };
}

function isEmptyBut(key: keyof OpenAiDelta, delta: OpenAiDelta): boolean {
  return Object.entries(delta).every(
    ([each, value]) => each === key || each === 'role' || value === null || value === '',
  );
}
