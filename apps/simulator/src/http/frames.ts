/** A piece of an answer: a comment, an event, or an event that carries a token and is paced. */
export interface TextFrame {
  kind: 'comment' | 'event' | 'token';
  text: string;
}

/** A fault that takes the place of the rest of the answer. */
interface FaultFrame {
  kind: 'hang' | 'close' | 'reset';
}

export type Frame = TextFrame | FaultFrame;

/** When and in which sizes the frames leave. */
export interface Pace {
  tokenDelayMs: number;
  firstTokenDelayMs?: number;
  dripMs?: number;
  burst?: boolean;
}
