import type { Settings, UpstreamSettings } from '#config';
import type { UpstreamState } from '#models';
import { ModelCatalogue } from '#models';
import { createApplication } from '../bootstrap.js';

/** Models that are named as examples. */
const MAX_EXAMPLES = 3;

/**
 * Reads the model list of each upstream once and prints what would work.
 * @returns whether every upstream works and at least one model is served
 */
export async function checkUpstreams(settings: Settings): Promise<boolean> {
  // Failures are part of the report.
  const { app } = await createApplication({ ...settings, log: { ...settings.log, level: 'ERROR' } });
  const catalogue = app.get(ModelCatalogue, { strict: false });
  const models = await catalogue.list().catch(() => []);
  const upstreams = catalogue.state();
  const keys = settings.access.keys === undefined ? 'none required' : String(settings.access.keys.length);
  const examples = models.slice(0, MAX_EXAMPLES).map(({ name }) => name);
  const lines = [
    'The configuration is valid.',
    ...settings.warnings.map((warning) => `Warning: ${warning}`),
    ...settings.mapping.upstreams.flatMap((upstream) => {
      const state = upstreams.find(({ name }) => name === upstream.name);
      return state ? [describeUpstream(upstream, state)] : [];
    }),
    `Models: ${models.length}${examples.length > 0 ? `, for example ${examples.join(', ')}` : ''}`,
    `API keys of clients: ${keys}`,
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
  await app.close();
  return models.length > 0 && upstreams.every(({ reachable }) => reachable);
}

/** With the URL that was asked, and what the operator corrects if it is wrong. */
function describeUpstream(settings: UpstreamSettings, { name, reachable, models, lastError }: UpstreamState): string {
  const { baseUrl, fieldNames } = settings;
  if (settings.models) return `Upstream ${name}: not called, since its ${String(models)} models are configured`;
  const asked = `GET ${baseUrl}/models`;
  if (reachable && models > 0) return `Upstream ${name}: works, ${models} models (${asked})`;
  if (reachable)
    return `Upstream ${name}: lists no models (${asked}); name them in MODEL_MAPPING_FILE (docs/upstreams.md)`;
  const { message = 'no answer', cause } = lastError ?? {};
  const text = message.replace(/^upstream error: /, '');
  // OpenSSL's own texts have addresses and lines of its source, and Node adds advice after a semicolon.
  const detail = cause === undefined || cause.includes(':error:') ? '' : ` (${cause.split(';', 1).join()})`;
  const trust =
    text === 'the certificate is not trusted' ? '; set NODE_EXTRA_CA_CERTS to a PEM file with its issuer' : '';
  const advice = text.includes('; check ') ? '' : `${trust}; check ${fieldNames.baseUrl}`;
  return `Upstream ${name}: DOES NOT WORK: ${asked}: ${text}${detail}${advice}`;
}
