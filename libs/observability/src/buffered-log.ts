import type { DestinationStream } from 'pino';

/**
 * How long a line waits for others. A process that ends without the event `exit` (a kill, no memory, a native fault) loses
 * the lines of this time.
 */
const MAX_WAIT_MS = 20;

const MAX_CHARACTERS = 64 * 1024;

/** Log lines on standard output, several in one write: the system call costs more than the line. */
export class BufferedLog implements DestinationStream {
  private lines = '';
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly output: (text: string) => void = openStandardOutput()) {}

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

/** Standard output. After it has lost its reader (`| head`, a log shipper that ended) lines are dropped; the process goes on. */
function openStandardOutput(): (text: string) => void {
  let isOpen = true;
  // Without a listener the error would be an uncaught exception.
  process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => {
    if (code === 'EPIPE') isOpen = false;
  });
  return (text) => {
    if (isOpen) process.stdout.write(text);
  };
}
