import { HarmonySplitter } from './harmony-splitter.js';
import { THINK_MARKS } from './think-marks.js';

export type Emit = (kind: 'thinking' | 'content', text: string) => void;

/** More white space is ordinary text, so that a completion that begins with megabytes of it is not held back. */
const MAX_LEADING_SPACE = 1024;

/** Begins a message of the harmony format. */
const CHANNEL = '<|channel|>';
const START = '<|start|>';
const OPENING = [...Object.keys(THINK_MARKS), CHANNEL, START];

/**
 * Separates `<think>…</think>` at the very start of a completion from the rest, wherever its text is cut (protocol D12).
 * Later marks are ordinary text. White space after the opening mark is dropped; white space after the closing mark stays with
 * the thinking, so that the content starts without it and nothing is lost.
 */
export class ThinkSplitter {
  private state: 'start' | 'inside' | 'gap' | 'rest' = 'start';
  private harmony: HarmonySplitter | undefined;
  private held = '';
  private closing = '';
  private hasThought = false;

  /** How the text began: without a mark, with one, or inside of the thinking (`open` until its closing mark). */
  beginning: 'unknown' | 'plain' | 'marked' | 'open' | 'closed' = 'unknown';

  /** @param openedBy closing mark of the thinking in which the text begins, where the opening mark is in the prompt */
  constructor(
    private readonly emit: Emit,
    private openedBy?: string,
  ) {}

  /** The thinking comes apart from the text: the text does not begin inside of it. */
  expectContent(): void {
    this.openedBy = undefined;
  }

  push(text: string): void {
    if (this.harmony) {
      this.harmony.push(text);
      return;
    }
    if (this.state === 'rest') {
      this.emit('content', text);
      return;
    }
    this.held += text;
    if (this.state === 'start') this.readStart();
    if (this.state === 'inside') this.readInside();
    if (this.state === 'gap') this.readGap();
  }

  /** The completion has ended: text that was held back is emitted. */
  end(): void {
    this.harmony?.end();
    const held = this.held;
    this.held = '';
    if (held !== '') this.emit(this.state === 'inside' || this.state === 'gap' ? 'thinking' : 'content', held);
  }

  private readStart(): void {
    const text = this.held.trimStart();
    if (this.held.length - text.length > MAX_LEADING_SPACE) {
      this.readUnmarked();
      return;
    }
    const tag = OPENING.find((each) => text.startsWith(each));
    if (tag) this.beginning = 'marked';
    if (tag === CHANNEL || tag === START) {
      this.held = '';
      this.harmony = new HarmonySplitter(this.emit);
      this.harmony.push(text);
    } else if (tag) {
      this.state = 'inside';
      this.closing = THINK_MARKS[tag] ?? '';
      this.held = text.slice(tag.length);
    } else if (!OPENING.some((each) => each.startsWith(text))) this.readUnmarked();
  }

  private readUnmarked(): void {
    if (this.openedBy === undefined) {
      this.beginning = 'plain';
      this.state = 'rest';
      this.end();
      return;
    }
    this.beginning = 'open';
    this.state = 'inside';
    this.closing = this.openedBy;
  }

  private readInside(): void {
    if (!this.hasThought) this.held = this.held.trimStart();
    this.hasThought ||= this.held !== '';
    const end = this.held.indexOf(this.closing);
    if (end >= 0) {
      this.emitText('thinking', this.held.slice(0, end));
      this.held = this.held.slice(end + this.closing.length);
      this.state = 'gap';
      if (this.beginning === 'open') this.beginning = 'closed';
      return;
    }
    const safe = this.held.length - overlap(this.held, this.closing);
    this.emitText('thinking', this.held.slice(0, safe));
    this.held = this.held.slice(safe);
  }

  private readGap(): void {
    const rest = this.held.trimStart();
    this.emitText('thinking', this.held.slice(0, this.held.length - rest.length));
    this.held = '';
    if (rest === '') return;
    this.state = 'rest';
    this.emit('content', rest);
  }

  private emitText(kind: 'thinking' | 'content', text: string): void {
    if (text !== '') this.emit(kind, text);
  }
}

/** Length of the longest suffix of `text` that is a proper prefix of `tag`. */
function overlap(text: string, tag: string): number {
  for (let length = Math.min(text.length, tag.length - 1); length > 0; length -= 1) {
    if (tag.startsWith(text.slice(-length))) return length;
  }
  return 0;
}
