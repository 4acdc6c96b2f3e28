/**
 * Longer texts are not searched. One network read brings at most 64 KB; a long single event may repeat the template's
 * suffix many times, which would make a search quadratic.
 */
const MAX_SEARCH_LENGTH = 128 * 1024;

/** The constant JSON around the one text in which most events of a stream differ. Neither part contains a line end. */
export interface EventTemplate {
  readonly prefix: string;
  readonly suffix: string;
}

/**
 * Consecutive unnamed events, each with the data `prefix + text + suffix`. The texts are as they were in the stream, JSON
 * escapes included.
 */
export interface EventRun {
  readonly template: EventTemplate;
  readonly texts: readonly string[];
}

interface FoundRun {
  /** The run is `text.slice(start, end)`. */
  readonly start: number;
  readonly end: number;
  readonly run: EventRun;
}

/** Finds runs of events of one template. README.md of this library has the invariants. */
export class RunFinder {
  private readonly before: string;
  private readonly after: string;
  private readonly between: string;

  constructor(readonly template: EventTemplate) {
    this.before = `data: ${template.prefix}`;
    this.after = `${template.suffix}\n\n`;
    this.between = this.after + this.before;
  }

  /**
   * The run from the first to the last event of the template in complete lines of a stream; undefined when something else
   * is between them. A single `split` finds all its texts.
   */
  find(text: string): FoundRun | undefined {
    if (text.length > MAX_SEARCH_LENGTH) return undefined;
    const start = text.indexOf(this.before);
    if (start === -1 || (start > 0 && text[start - 1] !== '\n')) return undefined;
    const from = start + this.before.length;
    const to = text.lastIndexOf(this.after);
    if (to < from) return undefined;
    const texts = text.slice(from, to).split(this.between);
    // A text with a line end spans several events, of which some do not match the template.
    if (texts.some((each) => each.includes('\n'))) return undefined;
    return { start, end: to + this.after.length, run: { template: this.template, texts } };
  }
}
