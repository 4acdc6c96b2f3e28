import type { Emit } from './think-splitter.js';

/** Markers of the harmony format: `<|channel|>analysis<|message|>text<|end|><|start|>assistant<|channel|>final…`. */
const MARKER = /<\|(start|channel|constrain|message|end|return|call)\|>/;
const LONGEST_MARKER = '<|constrain|>'.length;

/** Separates the channels of a completion in the harmony format: `final` is content, the others are thinking. */
export class HarmonySplitter {
  private held = '';
  private channel = '';
  private part: 'header' | 'channel' | 'message' = 'header';

  constructor(private readonly emit: Emit) {}

  push(text: string): void {
    this.held += text;
    for (let found = MARKER.exec(this.held); found; found = MARKER.exec(this.held)) {
      this.read(this.held.slice(0, found.index));
      this.held = this.held.slice(found.index + found[0].length);
      this.enter(found[1] ?? '');
    }
    // A marker may be cut: what could be the beginning of one is held back.
    const start = this.held.lastIndexOf('<');
    const isCut = start >= 0 && this.held.length - start < LONGEST_MARKER;
    const safe = isCut ? start : this.held.length;
    this.read(this.held.slice(0, safe));
    this.held = this.held.slice(safe);
  }

  end(): void {
    this.read(this.held);
    this.held = '';
  }

  private enter(marker: string): void {
    if (marker === 'channel') {
      this.part = 'channel';
      this.channel = '';
    } else if (marker === 'message') this.part = 'message';
    else this.part = 'header';
  }

  private read(text: string): void {
    if (text === '') return;
    if (this.part === 'channel') this.channel += text;
    else if (this.part === 'message') this.emit(this.channel.startsWith('final') ? 'content' : 'thinking', text);
  }
}
