import type { OpenAiAnswer } from '#contracts';
import type { Pattern } from '#streaming';

const CONTENT = '"content":"';

/** Inside a JSON string these mean something else, or may not stand there. */
const NOT_ITSELF = /["\\\u0000-\u001f]/;

/** A backend that writes every event differently (padding, clocks) is not worth a look after this many. */
const MOST_LESSONS = 8;

/** Around a text stand some hundred characters; looking for more of them may take time squared. */
const LONGEST_PATTERN = 2048;

const KEYS = new Set(['id', 'object', 'created', 'model', 'system_fingerprint', 'service_tier', 'provider', 'choices']);

/**
 * The short way for the bulk of a stream: events that differ from one seen before in their text alone. Such an event
 * needs no parsing: what stands between the same head and the same tail is the text. Everything else takes the long way;
 * the result is the same (test/property/plain-delta.spec.ts).
 */
export class PlainDelta {
  /** What the event learned from has around its text. */
  pattern: Pattern | undefined;
  private lessons = 0;

  /** The text of an event like the one learned from; undefined when it has to be parsed. */
  textOf(data: string): string | undefined {
    if (!this.pattern) return undefined;
    const { head, tail } = this.pattern;
    const end = data.length - tail.length;
    if (end < head.length) return undefined;
    // Comparing slices is several times faster here than startsWith, which does not compare whole words of memory.
    // eslint-disable-next-line @typescript-eslint/prefer-string-starts-ends-with
    if (data.slice(0, head.length) !== head || data.slice(end) !== tail) return undefined;
    return this.unescape(data.slice(head.length, end));
  }

  /** What stands between head and tail as text; undefined when it is more than the inside of one JSON string. */
  unescape(middle: string): string | undefined {
    if (!NOT_ITSELF.test(middle)) return middle;
    if (!middle.includes('\\')) return undefined;
    try {
      return JSON.parse(`"${middle}"`) as string;
    } catch {
      return undefined;
    }
  }

  /** Looks at an event that was parsed; from here on others like it are known. */
  learn(data: string, answer: OpenAiAnswer): void {
    if (this.lessons >= MOST_LESSONS || data.includes('\n') || !isPlain(answer)) return;
    const at = data.indexOf(CONTENT);
    if (at === -1 || data.includes(CONTENT, at + 1)) return;
    const start = at + CONTENT.length;
    const end = data.indexOf('"', start);
    const head = data.slice(0, start);
    const tail = data.slice(end);
    if (head.length + tail.length > LONGEST_PATTERN) return;
    if (head === this.pattern?.head && tail === this.pattern.tail) return;
    if (data.slice(start, end) !== answer.choices?.[0]?.delta?.content || !carries(head, tail)) return;
    this.pattern = { head, tail };
    this.lessons += 1;
  }
}

/** Whether the place between the two really is the text: a key may stand there twice. */
function carries(head: string, tail: string): boolean {
  const answer = JSON.parse(`${head}probe${tail}`) as OpenAiAnswer;
  return answer.choices?.[0]?.delta?.content === 'probe';
}

/** Says nothing but its text. */
function isPlain(answer: OpenAiAnswer): boolean {
  const [choice, ...more] = answer.choices ?? [];
  if (!choice || more.length > 0 || (choice.index ?? 0) !== 0) return false;
  const { delta, index: _index, ...rest } = choice;
  if (!delta || Object.values(rest).some((value) => value !== null)) return false;
  const { content, ...others } = delta;
  if (typeof content !== 'string') return false;
  if (Object.entries(others).some(([key, value]) => key !== 'role' && value !== null)) return false;
  return Object.entries(answer).every(([key, value]) => KEYS.has(key) || value === null);
}
