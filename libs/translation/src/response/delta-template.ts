import type { OpenAiAnswer } from '#contracts';
import type { EventTemplate } from '#streaming';

const CONTENT = '"content":"';

/** Characters that are escaped, or not allowed, inside a JSON string. */
const NEEDS_DECODING = /["\\\u0000-\u001f]/;

/** With an upstream that writes each event differently (padding, timestamps) learning stops after this many templates. */
const MAX_TEMPLATE_CHANGES = 8;

/** About a hundred characters are around a text; searching for a much longer template may be quadratic. */
const MAX_TEMPLATE_LENGTH = 2048;

const ENVELOPE_KEYS = new Set([
  ...['id', 'object', 'created', 'model', 'system_fingerprint', 'service_tier', 'provider', 'choices'],
]);

/**
 * The fast path for most events of a stream: those that differ from a parsed one in their text only. Such an event is not
 * parsed; its text is what is between the template's prefix and suffix. Every other event is parsed, with the same result
 * (test/property/delta-template.spec.ts; invariants in libs/streaming/README.md).
 */
export class DeltaTemplate {
  /** What is around the text of the latest event that was learned from. */
  template: EventTemplate | undefined;
  private templateChanges = 0;

  /** The text of an event that matches the template; undefined when the event has to be parsed. */
  textOf(data: string): string | undefined {
    if (!this.template) return undefined;
    const { prefix, suffix } = this.template;
    const end = data.length - suffix.length;
    if (end < prefix.length) return undefined;
    // Comparing slices is several times faster here than startsWith, which does not compare whole words of memory.
    // eslint-disable-next-line @typescript-eslint/prefer-string-starts-ends-with
    if (data.slice(0, prefix.length) !== prefix || data.slice(end) !== suffix) return undefined;
    return this.decode(data.slice(prefix.length, end));
  }

  /** The text without JSON escapes; undefined when `escaped` is not the inside of exactly one JSON string. */
  decode(escaped: string): string | undefined {
    if (!NEEDS_DECODING.test(escaped)) return escaped;
    if (!escaped.includes('\\')) return undefined;
    try {
      return JSON.parse(`"${escaped}"`) as string;
    } catch {
      return undefined;
    }
  }

  /** Takes the template from an event that was parsed, if its text is all that it contains. */
  learn(data: string, event: OpenAiAnswer): void {
    if (this.templateChanges >= MAX_TEMPLATE_CHANGES || data.includes('\n') || !hasOnlyText(event)) return;
    const at = data.indexOf(CONTENT);
    if (at === -1 || data.includes(CONTENT, at + 1)) return;
    const start = at + CONTENT.length;
    const end = data.indexOf('"', start);
    const prefix = data.slice(0, start);
    const suffix = data.slice(end);
    if (prefix.length + suffix.length > MAX_TEMPLATE_LENGTH) return;
    if (prefix === this.template?.prefix && suffix === this.template.suffix) return;
    if (data.slice(start, end) !== event.choices?.[0]?.delta?.content || !isTextPosition(prefix, suffix)) return;
    this.template = { prefix, suffix };
    this.templateChanges += 1;
  }
}

/** Whether a value between the two is the text of the delta; a duplicate key could overrule it. */
function isTextPosition(prefix: string, suffix: string): boolean {
  const event = JSON.parse(`${prefix}probe${suffix}`) as OpenAiAnswer;
  return event.choices?.[0]?.delta?.content === 'probe';
}

function hasOnlyText(event: OpenAiAnswer): boolean {
  const [choice, ...more] = event.choices ?? [];
  if (!choice || more.length > 0 || (choice.index ?? 0) !== 0) return false;
  const { delta, index: _index, ...rest } = choice;
  if (!delta || Object.values(rest).some((value) => value !== null)) return false;
  const { content, ...others } = delta;
  if (typeof content !== 'string') return false;
  if (Object.entries(others).some(([key, value]) => key !== 'role' && value !== null)) return false;
  return Object.entries(event).every(([key, value]) => ENVELOPE_KEYS.has(key) || value === null);
}
