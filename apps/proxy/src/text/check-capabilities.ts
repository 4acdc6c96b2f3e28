import type { ModelEntry } from '#models';
import type { Capability, OllamaTextRequest } from '#contracts';
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

function qualifiedName(name: string): string {
  return name.includes('/') ? `registry.ollama.ai/${name}` : `registry.ollama.ai/library/${name}`;
}
