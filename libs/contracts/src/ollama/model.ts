import { mismatch, readObject, readString } from '../shape/go-readers.js';
import type { Kind } from '../shape/kind.js';
import { listOf, OBJECT, oneOf, STRING, withSchema } from '../shape/kind.js';
import type { TypeOf } from '../shape/shape.js';
import { optional, required, shape } from '../shape/shape.js';
import { ChatMessage } from './chat.js';
import { options } from './options.js';

export const CAPABILITIES = [
  'completion',
  'tools',
  'insert',
  'vision',
  'embedding',
  'thinking',
  'image',
  'audio',
  'decision',
] as const;
export type Capability = (typeof CAPABILITIES)[number];

const capabilities = required.of(
  listOf(withSchema(STRING, { enum: CAPABILITIES }) as Kind<Capability>),
  'What the model can do; a set, the order means nothing.',
);

export const ModelDetails = shape('ModelDetails', 'Facts about how a model is made.', {
  parent_model: required.text(
    'The model that this one was made from; in `POST /api/show` only, and only for a virtual model.',
  ),
  format: required.text('Format of the weights; always `gguf`, which clients expect.'),
  family: required.text('Family of the model, taken from its name.'),
  families: required.of(listOf(STRING), 'The family again, as a list.'),
  parameter_size: required.text('Number of parameters for people, such as `7.6B`; empty when it is not known.'),
  quantization_level: required.text('Quantization such as `Q4_K_M`; `unknown` when it is not known.'),
  context_length: optional.integer('Longest context in tokens; in `GET /api/tags` only, if the upstream reports it.', {
    minimum: 1,
  }),
  embedding_length: optional.integer('Length of the vectors; in `GET /api/tags` only, if the upstream reports it.', {
    minimum: 1,
  }),
});

export type OllamaModelDetails = TypeOf<typeof ModelDetails>;

/** Fields that the entries of both lists have. */
const listedFields = {
  name: required.text('Name of the model, with its tag.'),
  model: required.text('The same as `name`.'),
  digest: required.text('A hash of name and capabilities, 64 hexadecimal digits; it changes when they do.', {
    pattern: '^[0-9a-f]{64}$',
  }),
  details: required.of(ModelDetails, 'Facts about how the model is made.'),
};

const modifiedAt = required.time('When the model was made, as far as the upstream reports it.');

/** One entry of GET /api/tags (protocol W23). */
export const ListedModel = shape('ListedModel', 'A model that can be used.', {
  ...listedFields,
  modified_at: modifiedAt,
  size: required.integer('Size of the weights in bytes; 0 when it is not known.', { minimum: 0 }),
  capabilities,
});

export type OllamaListedModel = TypeOf<typeof ListedModel>;

export const ModelList = shape('ModelList', 'Response of `GET /api/tags`.', {
  models: required.of(listOf(ListedModel), 'All models of all upstreams.'),
});

/** One entry of GET /api/ps (protocol W24). */
export const RunningModel = shape('RunningModel', 'A model that this service has used recently.', {
  ...listedFields,
  size: required.integer('Size in bytes; 0 when it is not known.', { minimum: 0 }),
  expires_at: required.time('Until when it is listed, by the `keep_alive` of the last call.'),
  size_vram: required.integer('Bytes of it on a graphics card; the same as `size`.', { minimum: 0 }),
  context_length: required.integer('Longest context in tokens; 32768 if the upstream does not report it.', {
    minimum: 1,
  }),
});

export type OllamaRunningModel = TypeOf<typeof RunningModel>;

export const RunningModelList = shape('RunningModelList', 'Response of `GET /api/ps`.', {
  models: required.of(listOf(RunningModel), 'The models that this instance has used within their `keep_alive`.'),
});

/** Both spellings of the model's name; the command-line client sends both, one of them empty (protocol C7). */
export const modelNameFields = {
  model: optional.text('Name of a model as `GET /api/tags` lists it.', { absent: '', examples: ['sim-chat'] }),
  name: optional.text('The older name of `model`; read when that one is absent or empty.', {
    absent: '',
    deprecated: true,
  }),
};

/** POST /api/show (protocol W25). */
export const ShowRequest = shape('ShowRequest', 'Request of `POST /api/show`. One of `model` and `name` is required.', {
  ...modelNameFields,
  verbose: optional.flag(
    'Also report, in `model_info`, which upstreams serve the model and how requests to them are adapted.',
    { default: false },
  ),
  system: optional.text('Instructions, echoed in the response.', { absent: '' }),
  template: optional.text('Accepted, without effect.'),
  options: optional.of(options, 'Accepted, without effect.'),
});

export type OllamaShowRequest = Omit<TypeOf<typeof ShowRequest>, 'name'>;

export const ShowResponse = shape(
  'ShowResponse',
  'Response of `POST /api/show`: the facts about one model, from the lists of the upstreams.',
  {
    license: optional.text('Licences of a virtual model.'),
    modelfile: required.text('A Modelfile with the origin of the model, and all that a virtual model adds to it.'),
    parameters: optional.text('The options that a virtual model sets, one on each line.'),
    template: required.text('A template that names what the model can do; clients look for its words.'),
    system: optional.text('The `system` of the request, or that of a virtual model.'),
    messages: optional.of(listOf(ChatMessage), 'The messages with which conversations of a virtual model begin.'),
    details: required.of(ModelDetails, 'Facts about how the model is made.'),
    model_info: required.object(
      'Facts by key: `general.architecture`, `general.parameter_count`, `<family>.context_length` in tokens, `<family>.embedding_length`; with `verbose` also `proxy.upstreams`.',
    ),
    capabilities,
    thinking: optional.object(
      'The values of `think` that the model has, as `values`, and the one that is used without it, as `default`; absent where they are not known.',
    ),
    modified_at: modifiedAt,
  },
);

export type OllamaShowResponse = TypeOf<typeof ShowResponse>;

export const PullRequest = shape('PullRequest', 'Request of `POST /api/pull`. One of `model` and `name` is required.', {
  ...modelNameFields,
  insecure: optional.flag('Accepted, without effect: nothing is fetched.', { default: false }),
  stream: optional.flag('true answers with one status a line, false with the last one only.', { default: true }),
});

export type OllamaPullRequest = Omit<TypeOf<typeof PullRequest>, 'name'>;

export const PushRequest = shape('PushRequest', 'Request of `POST /api/push`. One of `model` and `name` is required.', {
  ...modelNameFields,
});

export const DeleteRequest = shape(
  'DeleteRequest',
  'Request of `DELETE /api/delete`. One of `model` and `name` is required.',
  { ...modelNameFields },
);

export const CopyRequest = shape('CopyRequest', 'Request of `POST /api/copy`.', {
  source: required.text('The virtual or served model to copy.', { examples: ['sim-chat'] }),
  destination: required.text('Name of the copy, a virtual model.', { examples: ['mine'] }),
});

export type OllamaCopyRequest = TypeOf<typeof CopyRequest>;

/** Go's `map[string]string`. */
const TEXT_MAP: Kind<Record<string, unknown>> = { ...OBJECT, read: readObject('map[string]string') };

const LICENSE: Kind<string[]> = oneOf(
  [{ type: 'string' }, { type: 'array', items: { type: 'string' } }],
  (value, path) => {
    if (typeof value === 'string') return value === '' ? [] : [value];
    if (!Array.isArray(value)) throw mismatch(value, path, 'string');
    return value.map((each) => readString(each, path)).filter((each) => each !== '');
  },
  () => [],
);

/** POST /api/create (protocol W45). */
export const CreateRequest = shape(
  'CreateRequest',
  'Request of `POST /api/create`: a virtual model, made from a served or another virtual one. One of `model` and `name` is required.',
  {
    ...modelNameFields,
    from: optional.text('The model to start from; a virtual one passes on all that it adds.', {
      absent: '',
      examples: ['sim-chat'],
    }),
    system: optional.text('System prompt of conversations and prompts without one.', { absent: '' }),
    template: optional.text(
      'Template of prompts that are sent as text: `.System`, `.Prompt`, `.Response`, `.Suffix`, `if`, `else` and `end`.',
      { absent: '' },
    ),
    parameters: optional.of(options, 'Options of requests that do not set them.', { absent: {} }),
    messages: optional.of(listOf(ChatMessage), 'Messages with which every conversation begins.', { absent: [] }),
    license: optional.of(LICENSE, 'Licence, one or several.', { absent: [] }),
    info: optional.object('`capabilities`: what the model can do, in place of what the upstream reports.', {
      absent: {},
    }),
    modelfile: optional.text('A Modelfile, as clients before Ollama 0.5.5 send it; other fields win over it.', {
      absent: '',
    }),
    stream: optional.flag('true answers with one status a line, false with the last one only.', { default: true }),
    files: optional.of(TEXT_MAP, 'Refused unless empty: no weights are stored here.', { absent: {} }),
    adapters: optional.of(TEXT_MAP, 'Refused unless empty.', { absent: {} }),
    draft_files: optional.of(TEXT_MAP, 'Refused unless empty.', { absent: {} }),
    quantize: optional.text('Refused unless empty.', { absent: '' }),
    quantization: optional.text('The older name of `quantize`.', { absent: '', deprecated: true }),
    remote_host: optional.text('Refused unless empty.', { absent: '' }),
  },
);

export type OllamaCreateRequest = Omit<TypeOf<typeof CreateRequest>, 'name'>;
