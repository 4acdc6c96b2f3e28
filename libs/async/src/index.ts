export type { CancelSignal } from './cancellation.js';
export { Cancellation } from './cancellation.js';
export { MIN_LONG_SIZE, nextTurn, runInTurns, runSteps } from './turns.js';
export { withTimeout } from './with-timeout.js';
