import { isRecord } from '#primitives';
import type { Simulation, Call } from './simulation.js';
import { requireModel } from './simulation.js';
import { answerChat } from './chat/chat.js';
import { answerResponses } from './responses/responses.js';
import type { SimulatedApi } from './simulator-options.js';
import { answerCompletion } from './completions/completions.js';
import { checkRequest } from './dialects/check-request.js';
import type { Endpoint } from './dialects/dialect.js';
import { answerDecisions, answerSystemOne } from './decisions/decisions.js';
import { answerEmbeddings } from './embeddings/embeddings.js';
import { scriptedErrorReply } from './http/error-reply.js';
import { jsonReply } from './http/json-reply.js';
import { badRequest, Refusal } from './http/refusal.js';
import type { Reply } from './http/reply.js';
import type { JsonObject } from './json.js';
import { toModelEntry } from './models/catalogue.js';
import { takeDirective } from './scripts/directive.js';
import type { Script } from './scripts/script.js';

interface Incoming {
  method: string;
  /** Path without query. */
  path: string;
  /** Parsed body, or its text when it is not JSON. */
  body: unknown;
  script: Script;
}

export interface Routed {
  reply: Reply;
  /** The queued script together with the directive in the request. */
  script: Script;
}

interface Target {
  /** What its dialect checks; absent where the API itself does. */
  endpoint?: Endpoint;
  /** Present where a simulator may lack it. */
  api?: SimulatedApi;
  answer: (call: Call) => Reply;
}

const ENDPOINTS: Record<string, Target> = {
  '/chat/completions': { endpoint: 'chat', api: 'chat', answer: answerChat },
  '/responses': { api: 'responses', answer: answerResponses },
  '/completions': { endpoint: 'completions', answer: answerCompletion },
  '/embeddings': { endpoint: 'embeddings', answer: answerEmbeddings },
  '/systemone': { api: 'decisions', answer: answerSystemOne },
  '/decisions': { api: 'decisions', answer: answerDecisions },
};

/** Finds the answer to a request; throws a refusal where there is none. */
export function route(incoming: Incoming, simulation: Simulation): Routed {
  const path = incoming.path.replace(/^\/v1(?=\/)/, '');
  if (incoming.method === 'GET') return { reply: answerGet(path, incoming, simulation), script: {} };
  const target = incoming.method === 'POST' ? findTarget(path, simulation) : undefined;
  const failed = scriptedErrorReply(incoming.script, simulation.dialect);
  if (failed) return { reply: failed, script: incoming.script };
  if (!target) throw unknownUrl(incoming);

  const directed = takeDirective(requireObject(incoming.body));
  const script = { ...directed.script, ...incoming.script };
  const refused = scriptedErrorReply(script, simulation.dialect);
  if (refused) return { reply: refused, script };
  if (target.endpoint) checkRequest(directed.body, target.endpoint, simulation.dialect);
  return { reply: target.answer({ simulation, body: directed.body, script }), script };
}

function findTarget(path: string, { apis }: Simulation): Target | undefined {
  const target = Object.hasOwn(ENDPOINTS, path) ? ENDPOINTS[path] : undefined;
  return target?.api && !apis.includes(target.api) ? undefined : target;
}

function answerGet(path: string, incoming: Incoming, simulation: Simulation): Reply {
  const { models, catalogue, dialect } = simulation;
  if (path === '/models') {
    const data = models.map((model) => toModelEntry(model, catalogue, dialect.modelExtras));
    return jsonReply(200, { object: 'list', data });
  }
  if (!path.startsWith('/models/')) throw unknownUrl(incoming);
  const model = requireModel(simulation, decode(path.slice('/models/'.length)));
  return jsonReply(200, toModelEntry(model, catalogue, dialect.modelExtras));
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function requireObject(body: unknown): JsonObject {
  if (isRecord(body)) return body;
  throw badRequest('The body of the request is not a JSON object.');
}

function unknownUrl({ method, path }: Incoming): Refusal {
  return new Refusal(404, `Unknown request URL: ${method} ${path}.`, { code: 'unknown_url' });
}
