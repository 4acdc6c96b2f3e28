import type { OllamaTextRequest, OpenAiResponseFormat } from '#contracts';
import { ProxyException } from '#errors';

/** Some upstreams require a name; clients never see it. */
const SCHEMA_NAME = 'response';

/** @throws ProxyException with status 500 and Ollama's text (protocol W16) */
export function toResponseFormat(format: OllamaTextRequest['format'] | undefined): OpenAiResponseFormat | undefined {
  if (format === undefined) return undefined;
  if (format === 'json') return { type: 'json_object' };
  if (typeof format === 'object' && !Array.isArray(format)) {
    return { type: 'json_schema', json_schema: { name: SCHEMA_NAME, schema: format } };
  }
  const quoted = JSON.stringify(JSON.stringify(format));
  throw new ProxyException(`invalid format: ${quoted}; expected "json" or a valid JSON Schema object`, 500);
}
