import type { ModelEntry } from '#models';
import type { Capability, OllamaTextRequest, Think } from '#contracts';
import { ALLOWED_THINK, THINK_LEVELS } from '#contracts';
import { BadRequestError } from '#errors';

/**
 * Refuses, in Ollama's words (protocol W10), what the model cannot do according to its upstream's list. Unknown
 * capabilities are tried. Thinking is checked first, as in Ollama. @throws BadRequestError
 */
export function checkCapabilities(
  request: OllamaTextRequest,
  entry: ModelEntry | undefined,
  needed: readonly Capability[],
  route: 'chat' | 'generate',
): void {
  if (!entry) return;
  if (request.think && entry.knownCapabilities.thinking === false) {
    throw new BadRequestError(`"${request.model}" does not support thinking`);
  }
  for (const capability of needed) {
    if (entry.knownCapabilities[capability] !== false) continue;
    if (capability === 'completion') throw new BadRequestError(`"${request.model}" does not support ${route}`);
    throw new BadRequestError(`${qualifiedName(entry.name)} does not support ${capability}`);
  }
}

/**
 * `think` as the model has it: a level that it does not have is its default (Ollama 0.34.3). Models that do not list their
 * levels have those of earlier versions. @throws BadRequestError
 */
export function resolveThink(
  think: Think | undefined,
  entry: Pick<ModelEntry, 'thinking'> | undefined,
): Think | undefined {
  if (typeof think !== 'string') return think;
  const levels = entry?.thinking;
  if (levels) return levels.values.includes(think) ? think : (levels.default ?? true);
  if (THINK_LEVELS.includes(think)) return think;
  throw new BadRequestError(`invalid think value: ${JSON.stringify(think)} (must be ${ALLOWED_THINK})`);
}

function qualifiedName(name: string): string {
  return name.includes('/') ? `registry.ollama.ai/${name}` : `registry.ollama.ai/library/${name}`;
}
