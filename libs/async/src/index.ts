export { MIN_LONG_SIZE, nextTurn, runInTurns, runSteps } from './turns.js';
export { withTimeout } from './with-timeout.js';
