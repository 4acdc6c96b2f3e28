import { ApiSchema } from '@nestjs/swagger';
import { Always, Maybe } from './field.js';
import { Options } from './shared.schemas.js';

const CAPABILITIES = ['completion', 'tools', 'insert', 'vision', 'embedding', 'thinking', 'image', 'audio'];

@ApiSchema({ description: 'What is known of how a model is made.' })
export class ModelDetails {
  @Always.text('The model that this one was made from; always empty here.')
  parent_model!: string;

  @Always.text('Format of the weights; always `gguf`, which clients expect.')
  format!: string;

  @Always.text('Family of the model, taken from its name.')
  family!: string;

  @Always.listOf({ type: 'string' }, 'The family again, as a list.')
  families!: string[];

  @Always.text('Number of parameters for people, such as `7.6B`; empty when it is not known.')
  parameter_size!: string;

  @Always.text('Quantization such as `Q4_K_M`; `unknown` when it is not known.')
  quantization_level!: string;

  @Maybe.integer('Longest context in tokens; in `GET /api/tags` only, when the backend tells.', { minimum: 1 })
  context_length?: number;

  @Maybe.integer('Length of the vectors; in `GET /api/tags` only, when the backend tells.', { minimum: 1 })
  embedding_length?: number;
}

const NAME = 'Name of the model, with its tag.';
const DIGEST = 'A hash of name and capabilities, 64 hexadecimal digits; it changes when they do.';

@ApiSchema({ description: 'A model that can be used.' })
export class ListedModel {
  @Always.text(NAME)
  name!: string;

  @Always.text('The same as `name`.')
  model!: string;

  @Always.time('When the model was made, as far as the backend tells.')
  modified_at!: string;

  @Always.integer('Size of the weights in bytes; 0 when it is not known.', { minimum: 0 })
  size!: number;

  @Always.text(DIGEST, { pattern: '^[0-9a-f]{64}$' })
  digest!: string;

  @Always.one(() => ModelDetails, 'What is known of how the model is made.')
  details!: ModelDetails;

  @Always.listOf({ type: 'string', enum: CAPABILITIES }, 'What the model can do; a set, the order means nothing.')
  capabilities!: string[];
}

@ApiSchema({ description: 'Answer of `GET /api/tags`.' })
export class ModelList {
  @Always.list(() => ListedModel, 'All models of all backends.')
  models!: ListedModel[];
}

@ApiSchema({ description: 'A model that this service has used lately.' })
export class RunningModel {
  @Always.text(NAME)
  name!: string;

  @Always.text('The same as `name`.')
  model!: string;

  @Always.integer('Size in bytes; 0 when it is not known.', { minimum: 0 })
  size!: number;

  @Always.text(DIGEST, { pattern: '^[0-9a-f]{64}$' })
  digest!: string;

  @Always.one(() => ModelDetails, 'What is known of how the model is made.')
  details!: ModelDetails;

  @Always.time('Until when it is listed, by the `keep_alive` of the last call.')
  expires_at!: string;

  @Always.integer('Bytes of it on a graphics card; the same as `size`.', { minimum: 0 })
  size_vram!: number;

  @Always.integer('Longest context in tokens; 32768 when the backend does not tell.', { minimum: 1 })
  context_length!: number;
}

@ApiSchema({ description: 'Answer of `GET /api/ps`.' })
export class RunningModelList {
  @Always.list(() => RunningModel, 'The models that this instance has used within their `keep_alive`.')
  models!: RunningModel[];
}

@ApiSchema({ description: 'Request of `POST /api/show`. One of `model` and `name` is needed.' })
export class ShowRequest {
  @Maybe.text('Name of a model as `GET /api/tags` lists it.', { examples: ['sim-chat'] })
  model?: string;

  @Maybe.text('The older word for `model`; read when that one is absent or empty.', { deprecated: true })
  name?: string;

  @Maybe.flag('Also tell, in `model_info`, which backends serve the model and how they are asked.', { default: false })
  verbose?: boolean;

  @Maybe.text('Instructions, echoed in the answer.')
  system?: string;

  @Maybe.text('Accepted, without effect.')
  template?: string;

  @Maybe.one(() => Options, 'Accepted, without effect.')
  options?: Options;
}

@ApiSchema({ description: 'Answer of `POST /api/show`: what is known of one model, from the lists of the backends.' })
export class ShowResponse {
  @Always.text('Licence of the model; always empty here.')
  license!: string;

  @Always.text('A Modelfile that says where the model comes from.')
  modelfile!: string;

  @Always.text('Parameters that the model sets; always empty here.')
  parameters!: string;

  @Always.text('A template that names what the model can do; clients look for its words.')
  template!: string;

  @Maybe.text('The `system` of the request.')
  system?: string;

  @Always.one(() => ModelDetails, 'What is known of how the model is made.')
  details!: ModelDetails;

  @Always.object(
    'Facts by key: `general.architecture`, `general.parameter_count`, `<family>.context_length` in tokens, `<family>.embedding_length`; with `verbose` also `proxy.upstreams`.',
  )
  model_info!: Record<string, unknown>;

  @Always.listOf({ type: 'string', enum: CAPABILITIES }, 'What the model can do; a set, the order means nothing.')
  capabilities!: string[];

  @Always.time('When the model was made, as far as the backend tells.')
  modified_at!: string;
}

@ApiSchema({ description: 'Answer of `GET /api/version`.' })
export class Version {
  @Always.text('The version of Ollama whose API is spoken (OLLAMA_VERSION), without a leading `v`.', {
    examples: ['0.33.0'],
  })
  version!: string;
}
