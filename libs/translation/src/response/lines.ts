import type { DoneReason, OllamaChatResponse, OllamaGenerateResponse, OllamaMetrics, OllamaToolCall } from '#contracts';
import { encodeLine } from '#streaming';
import type { Segment } from './completion-assembler.js';

/** The content of one line, before it has the shape of its endpoint. */
export interface LineParts {
  content?: string;
  thinking?: string;
  toolCalls?: OllamaToolCall[];
  logprobs?: Segment['logprobs'];
  done?: { reason: DoneReason; metrics?: OllamaMetrics; context?: number[] };
}

/** Writes a line of one endpoint. Empty parts are omitted, never null (protocol C14). */
export type LineWriter<Line> = (model: string, createdAt: string, parts: LineParts) => Line;

/** In the place of a time and a text while the rest of a line is rendered. */
const PLACEHOLDER = '\u0000';
const QUOTED_PLACEHOLDER = JSON.stringify(PLACEHOLDER);

/** The constant parts of a line with text of one kind. */
interface RenderedLine {
  readonly start: string;
  readonly betweenTimeAndText: string;
  readonly end: string;
}

/** Writes the lines of one stream as text. Most have only text: what is around it is rendered once. */
export class LineEncoder {
  private readonly rendered: Partial<Record<Segment['kind'], RenderedLine>> = {};

  constructor(
    private readonly model: string,
    private readonly write: LineWriter<object>,
  ) {}

  /** The line that `encode` would write of this text alone. @param text not empty */
  encodeText(createdAt: string, kind: Segment['kind'], text: string): string {
    const { start, betweenTimeAndText, end } = (this.rendered[kind] ??= this.render(kind));
    return `${start}"${createdAt}"${betweenTimeAndText}${JSON.stringify(text)}${end}`;
  }

  encode(createdAt: string, parts: LineParts): string {
    return encodeLine(this.write(this.model, createdAt, parts));
  }

  private render(kind: Segment['kind']): RenderedLine {
    const line = this.encode(PLACEHOLDER, { [kind]: PLACEHOLDER });
    // From the end: the model, which a client chose, comes before both.
    const text = line.lastIndexOf(QUOTED_PLACEHOLDER);
    const time = line.lastIndexOf(QUOTED_PLACEHOLDER, text - 1);
    return {
      start: line.slice(0, time),
      betweenTimeAndText: line.slice(time + QUOTED_PLACEHOLDER.length, text),
      end: line.slice(text + QUOTED_PLACEHOLDER.length),
    };
  }
}

export const writeChatLine: LineWriter<OllamaChatResponse> = (model, createdAt, parts) => ({
  model,
  created_at: createdAt,
  message: {
    role: 'assistant',
    content: parts.content ?? '',
    ...(parts.thinking && { thinking: parts.thinking }),
    ...(parts.toolCalls?.length && { tool_calls: parts.toolCalls }),
  },
  ...doneParts(parts),
});

export const writeGenerateLine: LineWriter<OllamaGenerateResponse> = (model, createdAt, parts) => ({
  model,
  created_at: createdAt,
  response: parts.content ?? '',
  ...(parts.thinking && { thinking: parts.thinking }),
  ...doneParts(parts),
  // One client drops every line without a context (protocol C15); all others accept an empty one.
  ...(!parts.done && { context: [] }),
});

function doneParts({
  done,
  logprobs,
}: LineParts): Pick<OllamaGenerateResponse, 'done' | 'done_reason' | 'logprobs' | 'context'> & OllamaMetrics {
  return {
    done: done !== undefined,
    ...(done && { done_reason: done.reason }),
    ...(done?.context && { context: done.context }),
    ...(logprobs?.length && { logprobs }),
    ...done?.metrics,
  };
}
