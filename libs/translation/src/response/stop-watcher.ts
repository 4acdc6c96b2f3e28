import { StopMatcher } from './stop-matcher.js';

/**
 * Cuts text at the first stop sequence that is complete, wherever the text is split: for stop sequences that could not be
 * sent to the upstream. Holds back only text that may be the beginning of one.
 */
export class StopWatcher {
  /** A sequence was found; later text is dropped. */
  isHit = false;
  /** Text that is held back, in the parts in which it came; those before `first` have been emitted. */
  private parts: string[] = [];
  private first = 0;
  private heldLength = 0;
  private readonly matcher: StopMatcher | undefined;

  constructor(
    stops: readonly string[],
    private readonly emit: (text: string) => void,
  ) {
    if (stops.length > 0) this.matcher = new StopMatcher(stops);
  }

  /** The sequence that was found. */
  get found(): string | undefined {
    return this.isHit ? this.parts.slice(this.first).join('') : undefined;
  }

  push(text: string): void {
    if (this.isHit) return;
    if (!this.matcher) {
      this.emit(text);
      return;
    }
    const end = this.matcher.read(text);
    this.isHit = end !== undefined;
    this.hold(text.slice(0, end));
    this.emitHeld(this.heldLength - this.matcher.matchedLength);
  }

  end(): void {
    if (!this.isHit) this.emitHeld(this.heldLength);
  }

  private hold(text: string): void {
    this.parts.push(text);
    this.heldLength += text.length;
  }

  private emitHeld(length: number): void {
    if (length === 0) return;
    let text = '';
    while (text.length < length) {
      const part = this.parts[this.first] ?? '';
      const missing = length - text.length;
      text += part.slice(0, missing);
      if (part.length <= missing) this.first += 1;
      else this.parts[this.first] = part.slice(missing);
    }
    this.heldLength -= length;
    // Removing parts in bulk keeps the cost of each part constant.
    if (this.first * 2 >= this.parts.length) {
      this.parts = this.parts.slice(this.first);
      this.first = 0;
    }
    this.emit(text);
  }
}
