import type { TurnParts } from '#contracts';
import { isRecord } from '#primitives';

/** What is kept of a turn. */
export interface TurnState extends TurnParts {
  /** The upstream and model that made the opaque parts; no other one can read them. */
  readonly origin: string;
  /** Ids of the calls as the upstream gave them, for clients that drop them. */
  readonly callIds: readonly string[];
}

/** Undefined for anything but a state. */
export function readTurnState(value: unknown): TurnState | undefined {
  return isTurnState(value) ? value : undefined;
}

function isTurnState(value: unknown): value is TurnState {
  if (!isRecord(value)) return false;
  const { origin, callIds, reasoning, reasoningDetails, extraContents, responsesItems } = value;
  const lists = [reasoningDetails, extraContents, responsesItems];
  return (
    typeof origin === 'string' &&
    (reasoning === undefined || typeof reasoning === 'string') &&
    Array.isArray(callIds) &&
    callIds.every((id) => typeof id === 'string') &&
    lists.every((list) => list === undefined || Array.isArray(list))
  );
}
