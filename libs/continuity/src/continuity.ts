import type { AnsweredTurn, OpenAiMessage, Turn } from '#contracts';
import type { Counters } from '#observability';
import { parseJson } from '#primitives';
import type { KeptStore, StoreUsage } from './kept-store.js';
import type { FoundTurns } from './restore-turns.js';
import { Place, textOf, turnKeysOf } from './turn-key.js';
import type { TurnState } from './turn-state.js';

/** Opaque reasoning takes 1 to 10 KB a turn. What is far larger is not worth the memory of many other turns. */
const MAX_STATE_LENGTH = 256 * 1024;

/** For whom a turn is kept, and which upstream and model made it. */
interface TurnOwner {
  readonly scope: string | undefined;
  readonly origin: string;
}

const NONE: FoundTurns = new Map();

/** Keeps the parts of turns that a client cannot carry from one request of a conversation to the next. */
export class Continuity {
  constructor(
    private readonly counters: Pick<Counters, 'countTurns'>,
    /** Undefined: nothing is kept. */
    private readonly store?: KeptStore<TurnState>,
  ) {}

  get usage(): StoreUsage {
    return this.store?.usage ?? { entries: 0, bytes: 0 };
  }

  /**
   * What is kept of the turns with calls in a conversation.
   * @param scope the caller, for whom alone they were kept; undefined: none
   */
  find(scope: string | undefined, messages: readonly OpenAiMessage[]): FoundTurns | Promise<FoundTurns> {
    if (!this.store || scope === undefined || !messages.some(({ tool_calls }) => tool_calls)) return NONE;
    const positions: number[] = [];
    const keys: string[] = [];
    const place = new Place();
    messages.forEach((message, at) => {
      if (message.tool_calls) {
        positions.push(at);
        keys.push(...turnKeysOf(scope, place, turnOf(message)));
      }
      place.pass(message);
    });
    const states = this.store.get(keys);
    return states instanceof Promise
      ? states.then((values) => this.toFound(positions, values))
      : this.toFound(positions, states);
  }

  /**
   * Keeps the parts of the turn that answers `messages`. Never rejects; what is too large is not kept.
   * @param origin the upstream and model that gave the answer
   * @returns a promise where they leave this process: other replicas find them when it resolves
   */
  keep(
    { scope, origin }: TurnOwner,
    messages: readonly OpenAiMessage[],
    turn: AnsweredTurn,
  ): Promise<void> | undefined {
    if (!this.store || scope === undefined) return undefined;
    const state: TurnState = { ...turn.parts, origin, callIds: turn.calls.map(({ id }) => id) };
    const json = JSON.stringify(state);
    if (json.length > MAX_STATE_LENGTH) {
      this.counters.countTurns('too_large', 1);
      return undefined;
    }
    this.counters.countTurns('kept', 1);
    return this.store.put(turnKeysOf(scope, Place.after(messages), turn), state, json);
  }

  private toFound(positions: readonly number[], states: readonly (TurnState | undefined)[]): FoundTurns {
    const found = new Map<number, TurnState>();
    positions.forEach((at, index) => {
      const state = states[2 * index] ?? states[2 * index + 1];
      if (state) found.set(at, state);
    });
    if (found.size > 0) this.counters.countTurns('restored', found.size);
    return found;
  }
}

function turnOf(message: OpenAiMessage): Turn {
  const calls = message.tool_calls ?? [];
  return {
    text: textOf(message),
    calls: calls.map(({ id, function: { name, arguments: text } }) => ({
      id,
      name,
      arguments: parseJson(text) ?? text,
    })),
  };
}
