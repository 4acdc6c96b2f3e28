import type { JsonObject } from '../json.js';
import type { SimulatedModel } from './models.js';

export type CatalogueStyle = 'rich' | 'plain';
/** Fields a dialect adds to each entry of its model list. */
export type ModelExtras = (model: SimulatedModel) => JsonObject;

const CREATED = 1_735_689_600;

const OUTPUT: Readonly<Record<SimulatedModel['kind'], string>> = {
  chat: 'text',
  embedding: 'embeddings',
  decision: 'decisions',
};

/** One entry of the model list. */
export function toModelEntry(model: SimulatedModel, style: CatalogueStyle, extras?: ModelExtras): JsonObject {
  const owner = model.id.includes('/') ? model.id.slice(0, model.id.indexOf('/')) : 'simulator';
  return {
    id: model.id,
    object: 'model',
    created: CREATED,
    owned_by: owner,
    ...(style === 'rich' && richFields(model)),
    ...extras?.(model),
  };
}

function richFields(model: SimulatedModel): JsonObject {
  const chat = model.kind === 'chat';
  return {
    name: model.id,
    context_length: model.contextLength,
    ...(model.chat === 'refused' && { supported_endpoints: ['/v1/responses'] }),
    ...(model.kind === 'decision' && { capabilities: ['decision'] }),
    architecture: {
      modality: `${model.vision ? 'text+image' : 'text'}->${OUTPUT[model.kind]}`,
      input_modalities: model.vision ? ['text', 'image'] : ['text'],
      output_modalities: [OUTPUT[model.kind]],
    },
    supported_parameters: chat ? chatParameters(model) : [],
    top_provider: { context_length: model.contextLength, max_completion_tokens: null },
  };
}

function chatParameters(model: SimulatedModel): string[] {
  return [
    'max_tokens',
    'temperature',
    'top_p',
    'stop',
    'seed',
    'logprobs',
    'top_logprobs',
    'response_format',
    'structured_outputs',
    ...(model.tools ? ['tools', 'tool_choice'] : []),
    ...(model.reasoning ? ['reasoning', 'include_reasoning'] : []),
  ];
}
