import type { DestinationStream } from 'pino';

/** How long a line waits for others. A killed process loses the lines of this time; any other end of it none. */
const MAX_WAIT_MS = 20;

const MAX_CHARACTERS = 64 * 1024;

/** Log lines on standard output, several in one write: the system call costs more than the line. */
export class BufferedLog implements DestinationStream {
  private lines = '';
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly output: (text: string) => void = (text) => void process.stdout.write(text)) {}

  write(line: string): void {
    this.lines += line;
    if (this.lines.length >= MAX_CHARACTERS) this.flush();
    else this.timer ??= setTimeout(() => this.flush(), MAX_WAIT_MS).unref();
  }

  /** To be called before the process ends, too. */
  flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const { lines } = this;
    this.lines = '';
    if (lines !== '') this.output(lines);
  }
}
