export { ContinuityModule } from './continuity.module.js';
export { Continuity } from './continuity.js';
export { restoreTurns } from './restore-turns.js';
export type { FoundTurns } from './restore-turns.js';
