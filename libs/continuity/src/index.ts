export { ContinuityModule } from './continuity.module.js';
export { Continuity } from './continuity.js';
export { markOf, openSealed } from './open-sealed.js';
export { restoreTurns } from './restore-turns.js';
export type { FoundTurns } from './restore-turns.js';
export { ResponseOwners } from './response-owners.js';
export { StoredResponses } from './stored-responses.js';
export type { StoredResponse } from './stored-responses.js';
