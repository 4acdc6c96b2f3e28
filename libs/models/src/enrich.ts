import type { OpenAiModel } from '#contracts';
import type { ListCall, UpstreamConnection } from '#connections';
import { MODEL_ROUTES } from '#dialects';

/**
 * Adds what the upstream has about its models on a further route (protocol D43). The route is requested once with each list,
 * and only if the list suggests it; a rejection is not a failure.
 */
export async function enrich(
  models: readonly OpenAiModel[],
  connection: UpstreamConnection,
  call: ListCall,
): Promise<OpenAiModel[]> {
  const route = MODEL_ROUTES.find(({ isSuggestedBy }) => models.some(isSuggestedBy));
  if (!route) return [...models];
  const body: unknown = await connection.getJson(route.path, call).catch(() => undefined);
  return models.map((model) => ({ ...model, ...route.fieldsOf(model, body) }));
}
