export interface Operation {
  readonly api: 'ollama' | 'openai' | 'service';
  readonly name: string;
  /** A model writes: an answer without counted tokens is worth knowing of. */
  readonly writes?: boolean;
}

const OTHER = 'other';
const UNMATCHED = {
  ollama: { api: 'ollama', name: OTHER },
  openai: { api: 'openai', name: OTHER },
  service: { api: 'service', name: OTHER },
} as const satisfies Record<string, Operation>;

const ollama = (name: string, writes = false): Operation => ({ api: 'ollama', name, writes });
const openai = (name: string, writes = false): Operation => ({ api: 'openai', name, writes });
const service = (name: string): Operation => ({ api: 'service', name });

/** By the template of the route, never by the path that was asked for: clients invent paths. */
const OPERATIONS: ReadonlyMap<string, Operation> = new Map([
  ['/api/chat', ollama('chat', true)],
  ['/api/generate', ollama('generate', true)],
  ['/api/embed', ollama('embed')],
  ['/api/embeddings', ollama('embed')],
  ['/api/tags', ollama('models')],
  ['/api/ps', ollama('running')],
  ['/api/show', ollama('show')],
  ['/api/pull', ollama('pull')],
  ['/api/version', ollama('version')],
  ['/v1/chat/completions', openai('chat', true)],
  ['/v1/completions', openai('generate', true)],
  ['/v1/responses', openai('responses', true)],
  ['/v1/messages', openai('messages', true)],
  ['/v1/embeddings', openai('embed')],
  ['/v1/models', openai('models')],
  ['/v1/models/*id', openai('show')],
  ['/v1/*path', openai('passed')],
  ['/', service('root')],
  ['/health', service('health')],
  ['/ready', service('health')],
  ['/readyz', service('health')],
  ['/livez', service('health')],
  ['/v1/version', service('version')],
  ['/metrics', service('metrics')],
  ['/v1/metrics', service('metrics')],
  ['/v1/metrics/summary', service('metrics')],
  ['/docs', service('docs')],
  ['/redoc', service('docs')],
]);

/** What is asked for; `route` is the template that matched, `path` only tells the API of what matched none. */
export function operationOf(route: unknown, path: string): Operation {
  return (typeof route === 'string' ? OPERATIONS.get(route) : undefined) ?? UNMATCHED[apiOf(path)];
}

function apiOf(path: string): Operation['api'] {
  if (path.startsWith('/api/')) return 'ollama';
  return path.startsWith('/v1/') ? 'openai' : 'service';
}
