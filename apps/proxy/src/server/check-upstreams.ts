import type { Settings } from '#config';
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
    ...upstreams.map(describeUpstream),
    `Models: ${models.length}${examples.length > 0 ? `, for example ${examples.join(', ')}` : ''}`,
    `API keys of clients: ${keys}`,
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
  await app.close();
  return models.length > 0 && upstreams.every(({ reachable }) => reachable);
}

function describeUpstream({ name, host, reachable, models, lastError }: UpstreamState): string {
  if (reachable) return `Upstream ${name} (${host}): works, ${models} models`;
  if (lastError === undefined) return `Upstream ${name} (${host}): has not answered`;
  const { message, cause } = lastError;
  return `Upstream ${name} (${host}): DOES NOT WORK: ${message}${cause === undefined ? '' : ` (${cause})`}`;
}
