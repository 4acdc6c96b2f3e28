import type { DialectName } from './dialects/dialect.js';
import type { CatalogueStyle } from './models/catalogue.js';
import type { SimulatedModel } from './models/models.js';
import type { Language } from './text/word-salad.js';
import type { Script } from './scripts/script.js';

export const SIMULATED_APIS = ['chat', 'responses', 'decisions'] as const;
export type SimulatedApi = (typeof SIMULATED_APIS)[number];

export interface SimulatorOptions {
  /** Decides all made-up text; 1 if left out. */
  seed?: number;
  /** Whose idea of the OpenAI format to follow; `lenient` if left out. */
  dialect?: DialectName;
  /** Language of made-up text; `mixed` if left out. English answers also state that they are made up. */
  language?: Language;
  /** Time before each token; 0 if left out. */
  tokenDelayMs?: number;
  /** Makes requests without this key a 401. */
  apiKey?: string;
  /** Script of a POST by its body, for programs whose prompts cannot hold a directive. A queued script has precedence. */
  scriptFor?: (body: unknown) => Script | undefined;
  models?: readonly SimulatedModel[];
  /** APIs that some upstreams lack; chat completions alone if left out. */
  apis?: readonly SimulatedApi[];
  /** Of `/responses`: functions are the only tools, as on most servers beside OpenAI's. */
  hasFunctionsOnly?: boolean;
  /** How many requests are remembered; 1000 if left out. */
  maxRequests?: number;
  /** `plain` leaves out everything OpenAI's own model list does not have; `rich` if left out. */
  catalogue?: CatalogueStyle;
}
