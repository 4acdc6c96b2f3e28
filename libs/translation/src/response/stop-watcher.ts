/**
 * Cuts text at the first stop sequence, wherever the text is split: for stop sequences that could not be sent to the
 * upstream. Holds back only text that may be the beginning of one.
 */
export class StopWatcher {
  /** A sequence was found; later text is dropped. */
  isHit = false;
  private held = '';

  constructor(
    private readonly stops: readonly string[],
    private readonly emit: (text: string) => void,
  ) {}

  push(text: string): void {
    if (this.isHit) return;
    if (this.stops.length === 0) {
      this.emit(text);
      return;
    }
    this.held += text;
    const at = this.firstStop();
    if (at >= 0) {
      this.isHit = true;
      this.emitHeld(at);
      return;
    }
    this.emitHeld(this.held.length - this.openEnd());
  }

  end(): void {
    if (!this.isHit) this.emitHeld(this.held.length);
  }

  private emitHeld(length: number): void {
    if (length > 0) this.emit(this.held.slice(0, length));
    this.held = this.held.slice(length);
  }

  private firstStop(): number {
    const found = this.stops.map((stop) => this.held.indexOf(stop)).filter((at) => at >= 0);
    return found.length > 0 ? Math.min(...found) : -1;
  }

  /** How many characters at the end may be the beginning of a sequence. */
  private openEnd(): number {
    const longest = Math.max(...this.stops.map(({ length }) => length)) - 1;
    for (let length = Math.min(longest, this.held.length); length > 0; length -= 1) {
      if (this.stops.some((stop) => stop.startsWith(this.held.slice(-length)))) return length;
    }
    return 0;
  }
}
