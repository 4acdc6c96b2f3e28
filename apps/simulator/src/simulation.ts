import type { Dialect } from './dialects/dialect.js';
import type { CatalogueStyle } from './models/catalogue.js';
import type { SimulatedModel } from './models/models.js';
import { Refusal } from './http/refusal.js';
import type { JsonObject } from './json.js';
import type { SimulatedApi } from './simulator-options.js';
import type { Language } from './text/word-salad.js';
import type { Script } from './scripts/script.js';

/** What all answers of one simulator have in common. */
export interface Simulation {
  dialect: Dialect;
  seed: number;
  tokenDelayMs: number;
  language: Language;
  models: readonly SimulatedModel[];
  catalogue: CatalogueStyle;
  apiKey: string | undefined;
  apis: readonly SimulatedApi[];
  hasFunctionsOnly: boolean;
  /** A new id with this prefix. */
  nextId: (prefix: string) => string;
}

/** One checked request on its way to an answer. */
export interface Call {
  simulation: Simulation;
  body: JsonObject;
  script: Script;
}

/** The model of this id, or a refusal in OpenAI's words. */
export function requireModel({ models }: Simulation, id: unknown): SimulatedModel {
  if (typeof id !== 'string' || id === '') {
    throw new Refusal(400, 'you must provide a model parameter');
  }
  const model = models.find((entry) => entry.id === id || `models/${entry.id}` === id);
  if (model) return model;
  throw new Refusal(404, `The model \`${id}\` does not exist or you do not have access to it.`, {
    code: 'model_not_found',
  });
}
