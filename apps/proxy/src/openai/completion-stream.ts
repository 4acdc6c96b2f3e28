/** Bytes that are held before they are searched: one search of many events costs less than one of each. */
const MAX_HELD_BYTES = 8192;

/** Searched again with what follows: more than a mark that is split, and than what usually follows a last event. */
const OVERLAP_BYTES = 1024;

/** One that is neither null nor empty (protocol D8). Within a text the quotes would be escaped. */
const FINISH_REASON = /"finish_reason"\s*:\s*"[^"]/;

/** Needed at the end only: no events follow `[DONE]`, nor an error in the upstream's own words. */
const LAST_EVENT = /[\r\n]data: *\[DONE\]|"error"\s*:\s*[{"]/;

/** The last line is not broken off: it has its line break, or ends as an event's data does. */
const WHOLE_LINE = /[\r\n}][^\S\r\n]*$|\[DONE\]\s*$/;

/** Watches the events of a chat or text completion that are forwarded unchanged, without parsing them (protocol D4). */
export class CompletionStream {
  private isFinished = false;
  private held: Uint8Array[] = [];
  private heldBytes = 0;
  /** The end of what was searched, as latin1, as if a line had ended before the first byte. */
  private tail = '\n';

  feed(batch: readonly Uint8Array[]): void {
    for (const chunk of batch) {
      this.held.push(chunk);
      this.heldBytes += chunk.length;
    }
    if (this.heldBytes >= MAX_HELD_BYTES) this.tail = this.search().slice(-OVERLAP_BYTES);
  }

  /** Whether the upstream completed the answer or failed it itself. Of several choices, the finish reason of one is enough. */
  get isOver(): boolean {
    this.tail = this.search();
    return (this.isFinished || LAST_EVENT.test(this.tail)) && WHOLE_LINE.test(this.tail);
  }

  /** Returns what was searched. */
  private search(): string {
    const text = this.tail + Buffer.concat(this.held).toString('latin1');
    this.held = [];
    this.heldBytes = 0;
    this.isFinished ||= FINISH_REASON.test(text);
    return text;
  }
}
