import type { AnsweredTurn, OpenedThinking } from '#contracts';

/** The body of an upstream's response on its way to the form of a client's API: lines, or events. */
export interface ReplyStream {
  /** Nothing more needs to be read from the upstream. */
  readonly isOver: boolean;
  /** A finish reason has come: at most usage follows. */
  readonly isFinished: boolean;
  /** Tokens as the upstream counted them; known after `end` or `whole`. */
  readonly usage: { input: number; output: number; cached?: number; reasoning?: number } | undefined;
  /** Tokens so far, for a client that leaves before the end. */
  readonly estimatedUsage: { readonly input: number | undefined; readonly output: number };
  /** The finish reason in the upstream's words; empty where it sent none. */
  readonly finishReason: string;
  /** The upstream's name of the model that answered; empty where it sent none. */
  readonly responseModel: string;
  /** An answer with tool calls of which the next request may have to bring parts back; known after `end` or `whole`. */
  readonly turn: AnsweredTurn | undefined;
  /** What the answer shows of its model's chat template, if anything; known after `end` or `whole`. */
  readonly openedThinking: OpenedThinking | undefined;
  /** Reads the bytes of one read. @returns whether something is ready for `take` */
  feed(chunks: readonly Uint8Array[]): boolean;
  /** The body has ended before `isOver`. @returns whether something is ready for `take` */
  flush(): boolean;
  /** What has become ready since the last call: text that came together is one line, or one event. */
  take(): string[];
  /** What has become ready, and what ends a stream. @throws ProxyException when the completion failed */
  end(): string[];
  /** The whole completion as one object. @throws ProxyException when it failed */
  whole(): object;
}
