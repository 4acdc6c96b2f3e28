import type { OpenAiModel } from '#contracts';
import type { UpstreamRequestContext, UpstreamConnection } from '#connections';
import { isRecord } from '#primitives';
import { at } from './raw-list.js';

/**
 * Some servers describe their models on further routes (protocol D43). They are requested once with each list, and only if
 * the list suggests it; a rejection is not a failure.
 */
export async function enrich(
  models: readonly OpenAiModel[],
  connection: UpstreamConnection,
  call: UpstreamRequestContext,
): Promise<OpenAiModel[]> {
  if (models.some(({ owned_by }) => owned_by === 'llamacpp')) {
    const props = await ask(connection, '/../props', call);
    return models.map((model) => withProps(model, props));
  }
  if (models.some(isBare)) {
    const info = await ask(connection, '/model/info', call);
    return models.map((model) => withModelInfo(model, at(info, 'data')));
  }
  return [...models];
}

/** Nothing beyond what OpenAI's own list has. */
function isBare(model: OpenAiModel): boolean {
  return Object.keys(model).every((key) => ['id', 'object', 'created', 'owned_by'].includes(key));
}

async function ask(connection: UpstreamConnection, path: string, call: UpstreamRequestContext): Promise<unknown> {
  try {
    return await connection.getJson(path, call);
  } catch {
    return undefined;
  }
}

/** llama.cpp: modalities of the loaded model, and its template, which shows whether it knows tools and thinking. */
function withProps(model: OpenAiModel, props: unknown): OpenAiModel {
  const modalities = at(props, 'modalities');
  const template = at(props, 'chat_template');
  const tools = at(props, 'chat_template_caps', 'supports_tools');
  const knowsTools =
    typeof tools === 'boolean' ? tools : typeof template === 'string' ? template.includes('tools') : undefined;
  return {
    ...model,
    ...(isRecord(modalities) && {
      supports_vision: modalities.vision === true,
      supports_audio_input: modalities.audio === true,
    }),
    ...(knowsTools !== undefined && { supports_tools: knowsTools }),
    ...(typeof template === 'string' && {
      supports_reasoning: /enable_thinking|reasoning_content|<think>/.test(template),
    }),
  };
}

/** LiteLLM: `data[].model_info` under the name that clients use. */
function withModelInfo(model: OpenAiModel, data: unknown): OpenAiModel {
  const found: unknown = Array.isArray(data) ? data.find((each) => at(each, 'model_name') === model.id) : undefined;
  const info = at(found, 'model_info');
  return isRecord(info) ? { ...model, model_info: publicInfo(info) } : model;
}

/** Entries of /v1/models are shown to clients, so that costs, owners and notes of the gateway must not be part of them. */
const PUBLIC_INFO = new Set(['mode', 'max_tokens', 'max_input_tokens', 'max_output_tokens', 'output_vector_size']);

function publicInfo(info: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(info).filter(
      ([key, value]) =>
        (PUBLIC_INFO.has(key) && (typeof value === 'number' || typeof value === 'string')) ||
        (key.startsWith('supports_') && typeof value === 'boolean'),
    ),
  );
}
