import { isRecord } from '#primitives';

type Fields = Readonly<Record<string, unknown>>;

/** A route on which an upstream describes the models of its list further (protocol D43). */
export interface ModelRoute {
  /** Below the base URL. */
  readonly path: string;
  /** Whether an entry of the list suggests that the upstream has the route. */
  readonly isSuggestedBy: (entry: Fields) => boolean;
  /** The fields that the route's body adds to an entry. */
  readonly fieldsOf: (entry: Fields, body: unknown) => Fields;
}

/** Fields of OpenAI's own list. */
const PLAIN_FIELDS: ReadonlySet<string> = new Set(['id', 'object', 'created', 'owned_by']);

/** The first row that fits is used. */
export const MODEL_ROUTES: readonly ModelRoute[] = [
  // llama.cpp: modalities of the loaded model, and its template, which shows whether it knows tools and thinking.
  {
    path: '/../props',
    isSuggestedBy: ({ owned_by }) => owned_by === 'llamacpp',
    fieldsOf: (_entry, body) => fieldsOfProps(body),
  },
  // LiteLLM: `data[].model_info` under the name that clients use.
  {
    path: '/model/info',
    isSuggestedBy: (entry) => Object.keys(entry).every((key) => PLAIN_FIELDS.has(key)),
    fieldsOf: fieldsOfModelInfo,
  },
];

function fieldsOfProps(props: unknown): Fields {
  if (!isRecord(props)) return {};
  const { modalities, chat_template: template, chat_template_caps: caps } = props;
  const supportsTools = isRecord(caps) ? caps.supports_tools : undefined;
  const knowsTools =
    typeof supportsTools === 'boolean'
      ? supportsTools
      : typeof template === 'string'
        ? template.includes('tools')
        : undefined;
  return {
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

function fieldsOfModelInfo({ id }: Fields, body: unknown): Fields {
  const data = isRecord(body) && Array.isArray(body.data) ? body.data : [];
  const found: unknown = data.find((each) => isRecord(each) && each.model_name === id);
  return isRecord(found) && isRecord(found.model_info) ? { model_info: publicInfo(found.model_info) } : {};
}

/** Entries of /v1/models are shown to clients, so that costs, owners and notes of the gateway must not be part of them. */
const PUBLIC_INFO: ReadonlySet<string> = new Set([
  'mode',
  'max_tokens',
  'max_input_tokens',
  'max_output_tokens',
  'output_vector_size',
]);

function publicInfo(info: Fields): Fields {
  return Object.fromEntries(
    Object.entries(info).filter(
      ([key, value]) =>
        (PUBLIC_INFO.has(key) && (typeof value === 'number' || typeof value === 'string')) ||
        (key.startsWith('supports_') && typeof value === 'boolean'),
    ),
  );
}
