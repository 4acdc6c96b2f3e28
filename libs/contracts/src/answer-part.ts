/** Parts of a request that another server made, and that cannot be read here: they are left out. */
export type UnreadablePart = 'reasoning' | 'compaction';

/** Text of one kind. */
export interface TextPart {
  readonly kind: 'thinking' | 'content' | 'refusal';
  readonly text: string;
}

/** A piece of a tool call: the first one of an id begins the call. */
export interface CallPart {
  readonly kind: 'call';
  readonly id: string;
  readonly name: string;
  /** Of the arguments' JSON. */
  readonly text: string;
}

/** Reasoning that the upstream has encrypted. The thinking directly before it is its summary. */
export interface SealedPart {
  readonly kind: 'sealed';
  /** As the upstream wrote it. */
  readonly text: string;
}

/** A part of an answer, in the order in which it was generated. The pieces of a call have nothing between them. */
export type AnswerPart = TextPart | CallPart | SealedPart;

/** What an opaque field of an earlier turn held, which was made here. */
export interface OpenedReasoning {
  readonly text: string;
  readonly sealed?: SealedReasoning | undefined;
}

/** Encrypted reasoning, and the upstream and model that can read it. */
export interface SealedReasoning {
  readonly origin: string;
  readonly content: string;
}
