/**
 * The parts of an assistant's turn for which clients have no field and which some upstreams demand back in the next
 * request (protocol D70).
 */
export interface TurnParts {
  /** Text of the reasoning; any upstream can read it. */
  readonly reasoning?: string;
  /** `reasoning_details`, joined where they came in pieces. */
  readonly reasoningDetails?: readonly unknown[];
  /** `extra_content` of each call, in the order of the calls; null for a call without. */
  readonly extraContents?: readonly unknown[];
  /** Reasoning items of the Responses API, with their encrypted content. */
  readonly responsesItems?: readonly unknown[];
}

/** A call of an answer with its arguments as an object, or as the text that a model wrote. */
export interface TurnCall {
  readonly id: string;
  readonly name: string;
  readonly arguments: unknown;
}

/** An answer with tool calls. */
export interface Turn {
  readonly text: string;
  readonly calls: readonly TurnCall[];
}

/** An answer that has such parts. */
export interface AnsweredTurn extends Turn {
  readonly parts: TurnParts;
}

/** Whether an answer began inside of its thinking, because the chat template writes the opening mark into the prompt. */
export interface OpenedThinking {
  /** The mark that ends the thinking. */
  readonly closing: string;
  readonly isOpened: boolean;
  /** The mark ends its line, or such answers are known; otherwise an answer of another conversation has to confirm it. */
  readonly isCertain: boolean;
}
