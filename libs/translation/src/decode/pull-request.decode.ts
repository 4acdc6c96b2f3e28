import { readBody, readBoolean, readString } from './go-fields.js';

const pullFields = { model: readString, name: readString, insecure: readBoolean, stream: readBoolean };

/** POST /api/pull; `name` is the older word for `model`. @throws BadRequestError in Ollama's words */
export function decodePullRequest(body: unknown): { model: string; stream: boolean } {
  const given = readBody(body, 'PullRequest', pullFields);
  return { model: given.model || given.name || '', stream: given.stream ?? true };
}
