import { plainToInstance } from 'class-transformer';
import { IsBoolean, IsIn, IsNotEmpty, IsOptional, IsString, IsUrl, Matches, validateSync } from 'class-validator';
import { ConfigurationError } from './configuration-error.js';
import { describeErrors } from './describe-errors.js';
import type { Variables } from './given-variables.js';
import { readVariables } from './given-variables.js';
import { DIALECT_NAMES } from './model-mapping.js';
import { IsNumberIn, IsWholeNumber } from './number-rules.js';
import { ToBoolean, ToNumber, ToProxyUrl, ToUpperCase, ToWorkers } from './transforms.js';
import { IsBaseUrl, IsHeaderValue, IsKey, IsProxyUrl } from './upstream-rules.js';
import { declaredVariables, Variable } from './variable.decorator.js';

const LOG_LEVELS = ['DEBUG', 'INFO', 'WARNING', 'ERROR'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

const LOG_FORMATS = ['auto', 'json', 'pretty'] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

const LOG_FIELDS = ['own', 'otel', 'ecs'] as const;
export type LogFields = (typeof LOG_FIELDS)[number];

const OTEL_SAMPLERS = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const;
export type OtelSampler = (typeof OTEL_SAMPLERS)[number];

const MODEL_STORES = ['off', 'memory', 'file', 'redis'] as const;
export type ModelStoreKind = (typeof MODEL_STORES)[number];

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const all = (...decorators: PropertyDecorator[]): PropertyDecorator => {
  return (target, key) => {
    for (const decorate of decorators) decorate(target, key);
  };
};
const Flag = (): PropertyDecorator => all(ToBoolean, IsBoolean({ message: '$property must be true or false' }));
const Count = (min: number, max?: number): PropertyDecorator => all(ToNumber, IsWholeNumber(min, max));
const Duration = (min: number, max: number): PropertyDecorator => all(ToNumber, IsNumberIn(min, max));
const OneOf = (values: readonly string[]): PropertyDecorator =>
  IsIn(values, { message: `$property must be one of ${values.join(', ')}` });

/** Shortest timeout in seconds; anything below fails on a busy machine. */
const MIN_TIMEOUT = 0.05;

/** Entries are `*` or scheme://host[:port], with one `*` anywhere in host or port. */
const ORIGIN_LIST = /^(\s*(\*|[a-z][a-z0-9+.-]*:\/\/[^\s,/]*)\s*(,|$))*$/;

/** Every variable that the proxy reads, with its rule and its default. No other code reads the environment. */
export class Environment {
  @Variable(
    'Base URL of the OpenAI-compatible upstream, with or without `/v1`. Required unless UPSTREAMS or MODEL_MAPPING_FILE lists upstreams. A query string (`?api-version=…`) is added to every call. `{model}` in the path is replaced by the model name, for upstreams with one path per deployment.',
    {
      flags: ['base-url'],
      aliases: ['OPENAI_BASE_URL', 'OPENAI_API_BASE'],
      foreignNames: ['OPENAI_API_URL', 'OPENAI_API_HOST', 'UPSTREAM_BASE_URL'],
      example: 'https://api.openai.com/v1',
    },
  )
  @IsOptional()
  @IsBaseUrl()
  OPENAI_API_BASE_URL?: string;

  @Variable('API key of the upstream, sent as a Bearer token. Leave it empty if the upstream needs no key.', {
    secret: true,
    flags: ['api-key'],
    foreignNames: ['UPSTREAM_API_KEY', 'OPENAI_KEY'],
  })
  @IsOptional()
  @IsKey()
  OPENAI_API_KEY?: string;

  @Variable('Header that carries the key: `authorization` (as a Bearer token), `api-key` or `x-api-key`.')
  @OneOf(['authorization', 'api-key', 'x-api-key'])
  OPENAI_API_KEY_HEADER = 'authorization';

  @Variable('Sent to the upstream as `OpenAI-Organization`.', { aliases: ['OPENAI_ORG_ID'] })
  @IsOptional()
  @IsHeaderValue()
  OPENAI_ORGANIZATION?: string;

  @Variable('Sent to the upstream as `OpenAI-Project`.', { aliases: ['OPENAI_PROJECT_ID'] })
  @IsOptional()
  @IsHeaderValue()
  OPENAI_PROJECT?: string;

  @Variable('Additional headers of every call to the upstream, as a JSON object.', {
    example: '{"X-Title":"my company"}',
    secret: true,
  })
  @IsOptional()
  @IsString()
  UPSTREAM_HEADERS?: string;

  @Variable(
    'Which key the upstream receives: `proxy` sends OPENAI_API_KEY, `client` sends the key of the client, or OPENAI_API_KEY if the client sent none or only a placeholder.',
  )
  @OneOf(['proxy', 'client'])
  UPSTREAM_AUTH: 'proxy' | 'client' = 'proxy';

  @Variable('Dialect of the upstream (docs/upstreams.md). Detected automatically if empty.')
  @IsOptional()
  @OneOf(DIALECT_NAMES)
  UPSTREAM_DIALECT?: string;

  @Variable(
    'Several upstreams as a JSON array; the entries have the same fields as `upstreams` in MODEL_MAPPING_FILE.',
    {
      example:
        '[{"name":"gpu","base_url":"http://gpu:8000/v1"},{"name":"cloud","base_url":"https://api.example.com/v1","api_key":"${CLOUD_KEY}","priority":1}]',
      secret: true,
    },
  )
  @IsOptional()
  @IsString()
  UPSTREAMS?: string;

  @Variable(
    'What a million tokens cost, as a JSON object by model at the upstream; a name may have one `*`. Without `cached`, cached input tokens cost as much as others. `prices` of an upstream replaces it. Costs are then logged and counted (docs/metrics.md).',
    { example: '{"gpt-4o*":{"input":2.5,"output":10,"cached":1.25}}' },
  )
  @IsOptional()
  @IsString()
  MODEL_PRICES?: string;

  @Variable(
    'true accepts any TLS certificate of the upstream. For tests only: anyone on the network path can read and change all traffic.',
  )
  @Flag()
  DISABLE_SSL_VERIFICATION = false;

  @Variable(
    'HTTP proxy for calls to upstreams whose base URL begins with `http://`, as a URL with or without user and password. This variable and the next two may also be written in lower case, which has precedence.',
    { example: 'http://proxy.example.com:3128', secret: true },
  )
  @IsOptional()
  @ToProxyUrl
  @IsProxyUrl()
  HTTP_PROXY?: string;

  @Variable('The same for upstreams whose base URL begins with `https://`: they are reached by CONNECT.', {
    example: 'http://proxy.example.com:3128',
    secret: true,
  })
  @IsOptional()
  @ToProxyUrl
  @IsProxyUrl()
  HTTPS_PROXY?: string;

  @Variable(
    'Hosts that are reached without HTTP_PROXY and HTTPS_PROXY, as a comma-separated list: `localhost`, `example.com` (with its subdomains), `*.example.com`, `10.0.0.1:8000`, or `*` for all.',
  )
  @IsString()
  NO_PROXY = '';

  @Variable(
    'Worker processes that share the port. 1 runs a single process; `auto` or 0 starts one per available CPU. Rate limits and metrics cover all workers together; limits described as per process apply to each worker (docs/reliability.md).',
  )
  @ToWorkers
  @IsWholeNumber(0, 256, ', or auto')
  WORKERS = 1;

  @Variable('Port to listen on.', { aliases: ['PORT'] })
  @Count(0, 65_535)
  PROXY_PORT = 11_434;

  @Variable(
    'Address to listen on. `localhost` means IPv4 and IPv6 loopback, as in Ollama; `0.0.0.0` or `::` means all interfaces.',
    { foreignNames: ['OLLAMA_HOST', 'LISTEN_ADDR', 'LISTEN_ADDRESS', 'PROXY_HOST'] },
  )
  @IsString()
  @IsNotEmpty()
  HOST = 'localhost';

  @Variable(
    'Path of a PEM file with the certificate of this server, followed by its intermediate certificates. Together with TLS_KEY_FILE it enables https. Reloaded when it changes.',
    { example: '/etc/tls/tls.crt' },
  )
  @IsOptional()
  @IsString()
  TLS_CERT_FILE?: string;

  @Variable('Path of a PEM file with the private key for TLS_CERT_FILE, without a passphrase.', {
    example: '/etc/tls/tls.key',
  })
  @IsOptional()
  @IsString()
  TLS_KEY_FILE?: string;

  @Variable(
    'Maximum number of client connections, per process and listen address. Further connections are closed. 0 means unlimited.',
  )
  @Count(0)
  MAX_CONNECTIONS = 10_000;

  @Variable(
    'Seconds that an idle client connection stays open. Must exceed the idle timeout of the load balancer in front, or requests can be lost on closing connections. 75 suits an idle timeout of 60 s; Google Cloud needs 620.',
  )
  @Duration(1, HOUR)
  KEEP_ALIVE_TIMEOUT = 75;

  @Variable(
    'Headers of responses that describe the call, as a comma-separated list: `upstream` (`X-Upstream`), `model` (`X-Model`, the id at the upstream), `timing` (`Server-Timing`: milliseconds in the queue, until the upstream responded, and since the request arrived), `cost` (`X-Cost`, of responses that are not streamed and, below /v1, that the proxy translates, with MODEL_PRICES). Empty sends none.',
    { example: 'upstream,model,timing' },
  )
  @Matches(/^(\s*(upstream|model|timing|cost)\s*(,|$))*$/, {
    message: '$property must be a comma-separated list of upstream, model, timing and cost',
  })
  RESPONSE_HEADERS = '';

  @Variable('Minimum level of log lines: DEBUG, INFO, WARNING or ERROR.')
  @ToUpperCase
  @OneOf(LOG_LEVELS)
  LOG_LEVEL: LogLevel = 'INFO';

  @Variable(
    'Form of log lines: `json`, `pretty` for people, or `auto`, which is `pretty` if standard output is a terminal and `json` otherwise.',
  )
  @OneOf(LOG_FORMATS)
  LOG_FORMAT: LogFormat = 'auto';

  @Variable(
    'Names of the fields of JSON log lines (docs/logs.md): `own`, `otel` for those of OpenTelemetry, or `ecs` for the Elastic Common Schema.',
  )
  @OneOf(LOG_FIELDS)
  LOG_FIELDS: LogFields = 'own';

  @Variable('Level in JSON log lines with LOG_FIELDS=own: `number` (30) or `text` (`info`).')
  @OneOf(['number', 'text'])
  LOG_LEVEL_FORMAT: 'number' | 'text' = 'number';

  @Variable(
    'Time in JSON log lines with LOG_FIELDS=own: `epoch` (milliseconds since 1970) or `rfc3339` (text, in UTC).',
  )
  @OneOf(['epoch', 'rfc3339'])
  LOG_TIME_FORMAT: 'epoch' | 'rfc3339' = 'epoch';

  @Variable(
    'Sets LOG_LEVEL to DEBUG and logs the structure of each request to the upstream, with texts, images and keys replaced by their length.',
    { foreignNames: ['OLLAMA_DEBUG'] },
  )
  @Flag()
  DEBUG = false;

  @Variable(
    'Seconds to wait for the first byte of the upstream. Loading a model and processing a long prompt can take minutes on small machines. Does not limit how long a stream lasts.',
  )
  @Duration(MIN_TIMEOUT, DAY)
  REQUEST_TIMEOUT = 300;

  @Variable('Seconds without data after which a stream from the upstream is aborted.')
  @Duration(MIN_TIMEOUT, DAY)
  STREAM_IDLE_TIMEOUT = 120;

  @Variable('Seconds to connect to the upstream, including DNS and TLS.')
  @Duration(MIN_TIMEOUT, 5 * MINUTE)
  CONNECT_TIMEOUT = 5;

  @Variable(
    'Seconds from the first attempt to the last byte of the response. The only limit on a stream that keeps sending data.',
  )
  @Duration(MIN_TIMEOUT, DAY)
  TOTAL_TIMEOUT = 3600;

  @Variable(
    'Maximum retries after a refused or reset connection, or a 408, 429, 502, 503 or 504. Requests are only retried before the first byte has been sent to the client. 0 disables retries.',
  )
  @Count(0, 10)
  MAX_RETRIES = 1;

  @Variable(
    'true stops calling an upstream (for 10 s, doubling up to 2 minutes) after at least half of 10 or more calls within 30 s, or 5 connection attempts in a row, have failed. Calls go to the other upstreams of the model, or fail immediately with 503.',
  )
  @Flag()
  CIRCUIT_BREAKER_ENABLED = true;

  @Variable('Maximum concurrent calls per process and upstream. Further calls are queued. 0 means unlimited.', {
    foreignNames: ['OLLAMA_NUM_PARALLEL'],
  })
  @Count(0)
  MAX_CONCURRENT_REQUESTS = 1000;

  @Variable(
    'Maximum queued calls per process and upstream. The queue serves clients in turn. Further calls get the 503 "server busy" of Ollama.',
    { foreignNames: ['OLLAMA_MAX_QUEUE'] },
  )
  @Count(0)
  MAX_QUEUED_REQUESTS = 512;

  @Variable('Maximum seconds that a call waits in the queue.')
  @Duration(0.001, HOUR)
  QUEUE_TIMEOUT = 60;

  @Variable(
    'Path of a JSON or YAML file that maps client model names to upstream models (`{"llama3": "gpt-4o"}`), or configures upstreams and rules for models (docs/upstreams.md). Reloaded when it changes.',
    { flags: ['mapping-file'], foreignNames: ['MODEL_MAPPING', 'MODEL_MAP_FILE'] },
  )
  @IsOptional()
  @IsString()
  MODEL_MAPPING_FILE?: string;

  @Variable(
    'Maximum size of a request body in bytes. Images in it are base64-encoded, which adds a third to their size. Bodies that are streamed through below /v1 (files, audio) are limited by UPLOAD_MAX_SIZE instead.',
  )
  @Count(1024)
  REQUEST_MAX_SIZE = 10_485_760;

  @Variable(
    'Maximum size in bytes of a body that is streamed through below /v1 (files, audio). The default is the limit of the OpenAI files API. 0 means unlimited.',
  )
  @Count(0)
  UPLOAD_MAX_SIZE = 536_870_912;

  @Variable('Version that `/api/version` reports. Some clients reject servers that appear too old.')
  @Matches(/^\d+\.\d+\.\d+(-[\w.]+)?$/, { message: '$property must look like 0.40.2' })
  OLLAMA_VERSION = '0.40.2';

  @Variable(
    'Additional paths below /v1 that are forwarded to the upstream unchanged, as a comma-separated list. Empty forwards none.',
  )
  @Matches(/^[\w./,-]*$/, { message: '$property must be a comma-separated list of paths like images,audio' })
  V1_PASSED_PATHS =
    'images,audio,files,moderations,rerank,score,tokenize,detokenize,batches,uploads,responses,messages';

  @Variable(
    'Origins of web pages that may call the proxy, in addition to localhost and desktop applications. A comma-separated list; each entry may contain one `*`, and `*` alone allows every origin.',
    { example: 'https://chat.example.com,http://*.internal.example:8080' },
  )
  @Matches(ORIGIN_LIST, {
    message: '$property must be a comma-separated list of origins like https://chat.example.com',
  })
  OLLAMA_ORIGINS = '';

  @Variable('Another name for OLLAMA_ORIGINS. If both are set, both lists apply.')
  @Matches(ORIGIN_LIST, {
    message: '$property must be a comma-separated list of origins like https://chat.example.com',
  })
  CORS_ORIGINS = '';

  @Variable(
    'Seconds that requests in flight may take to finish after SIGTERM. Those that are still running then end with an error.',
  )
  @Duration(0, HOUR)
  SHUTDOWN_GRACE_SECONDS = 25;

  @Variable(
    'Seconds after SIGTERM, counted within SHUTDOWN_GRACE_SECONDS, during which new connections are accepted while `/readyz` already answers 503. Skipped when no client is connected. For load balancers that notice a shutdown late; use 0 with a preStop hook (as in deploy/kubernetes) or without a load balancer.',
  )
  @Duration(0, 5 * MINUTE)
  SHUTDOWN_LINGER_SECONDS = 0;

  @Variable(
    'true serves a web page at `/` for browsers: models, upstream state, a chat for testing, and client setup. false answers browsers like other clients.',
  )
  @Flag()
  PAGE_ENABLED = true;

  @Variable(
    'true collects metrics and serves them to Prometheus. false collects none, and the metrics paths answer 404.',
  )
  @Flag()
  ENABLE_METRICS = true;

  @Variable('Another name for ENABLE_METRICS. Metrics are served only if both are true.')
  @Flag()
  ENABLE_PROMETHEUS_METRICS = true;

  @Variable('Path of the metrics, in addition to `/metrics`. `/summary` below it serves them as JSON.')
  @Matches(/^(\/[\w.-]+)+$/, { message: '$property must be a path like /v1/metrics' })
  METRICS_PATH = '/v1/metrics';

  @Variable(
    'true also keeps the metrics of OpenTelemetry for generative AI (`gen_ai_client_token_usage` and others, docs/metrics.md).',
  )
  @Flag()
  GEN_AI_METRICS = false;

  @Variable('Maximum seconds for the checks of `/health` and `/ready`.')
  @Duration(MIN_TIMEOUT, 5 * MINUTE)
  HEALTH_CHECK_TIMEOUT = 3;

  @Variable(
    'Seconds between background checks of the model list of each upstream (±20 %). An unreachable upstream is then skipped before a request fails on it, and used again once it has recovered. 0 disables the checks.',
  )
  @Duration(0, HOUR)
  HEALTH_PROBE_INTERVAL = 0;

  @Variable(
    'true makes `/ready` answer 503 while no upstream is reachable. Clients then get a refused connection instead of a clear error.',
  )
  @Flag()
  READY_REQUIRES_UPSTREAM = false;

  @Variable('true serves version, commit and build time at `/v1/version`.')
  @Flag()
  VERSION_ENDPOINT_ENABLED = true;

  @Variable('Commit of the build. Set in the image.')
  @Matches(/^[\w.-]{1,64}$/, { message: '$property must be the id of a commit' })
  BUILD_COMMIT = 'unknown';

  @Variable('Time of the build. Set in the image.')
  @Matches(/^[\w.:+-]{1,40}$/, { message: '$property must be a time like 2026-01-31T12:00:00Z' })
  BUILD_TIME = 'unknown';

  @Variable(
    'Base URL of an OpenTelemetry collector for OTLP over HTTP. Traces are exported if this, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT or OTEL_TRACES_EXPORTER is set. Other OTEL_* variables for traces work as OpenTelemetry specifies.',
    { example: 'http://collector:4318' },
  )
  @IsOptional()
  @IsUrl(
    { protocols: ['http', 'https'], require_protocol: true, require_tld: false, allow_underscores: true },
    { message: '$property must be an http or https URL' },
  )
  OTEL_EXPORTER_OTLP_ENDPOINT?: string;

  @Variable('Full URL for exporting traces, if it is not derived from OTEL_EXPORTER_OTLP_ENDPOINT.')
  @IsOptional()
  @IsUrl(
    { protocols: ['http', 'https'], require_protocol: true, require_tld: false, allow_underscores: true },
    { message: '$property must be an http or https URL' },
  )
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT?: string;

  @Variable('`otlp` exports traces, `none` does not.')
  @IsOptional()
  @OneOf(['otlp', 'none'])
  OTEL_TRACES_EXPORTER?: string;

  @Variable('Sampler for traces. The `parentbased_…` samplers follow the decision of the client, if it sent one.')
  @OneOf(OTEL_SAMPLERS)
  OTEL_TRACES_SAMPLER: OtelSampler = 'parentbased_always_on';

  @Variable('Fraction of traces that the `traceidratio` samplers keep, from 0 to 1.')
  @ToNumber
  @IsNumberIn(0, 1)
  OTEL_TRACES_SAMPLER_ARG = 1;

  @Variable('Milliseconds between two exports of traces.')
  @Count(1)
  OTEL_BSP_SCHEDULE_DELAY = 5000;

  @Variable('true exports no traces, regardless of the other OTEL_* variables.')
  @Flag()
  OTEL_SDK_DISABLED = false;

  @Variable('true serves the API documentation at `/docs`, `/redoc`, `/openapi.json` and `/openapi.yaml`.')
  @Flag()
  DOCS_ENABLED = true;

  @Variable('`user:password` required for the API documentation (HTTP Basic authentication). Empty requires none.', {
    example: 'reader:change-me',
    secret: true,
  })
  @IsOptional()
  @Matches(/^[^:]+:.+$/s, { message: '$property must look like user:password' })
  DOCS_AUTH?: string;

  @Variable(
    'API keys of clients: a comma-separated list of `key`, `name:key` or `name:sha256:digest`; a JSON array of objects (docs/security.md); or `@` and the path of a file with either, which is reloaded when it changes. Empty requires no key.',
    { aliases: ['PROXY_API_KEY'], example: 'n8n:use-32-random-characters-here', secret: true },
  )
  @IsOptional()
  @IsString()
  PROXY_API_KEYS?: string;

  @Variable(
    'Paths that require no key, in addition to `/`, `/api/version`, health, metrics and API documentation. A comma-separated list.',
    { example: '/api/tags,/api/show' },
  )
  @Matches(/^(\s*\/[\w./-]*\s*(,|$))*$/, {
    message: '$property must be a comma-separated list of paths like /api/tags',
  })
  AUTH_EXEMPT = '';

  @Variable(
    'Reverse proxies whose `X-Forwarded-For` is used as the address of the client: their number, or a comma-separated list of their addresses or ranges. Empty ignores the header.',
    { example: '1' },
  )
  @IsOptional()
  @IsString()
  TRUSTED_PROXIES?: string;

  @Variable(
    'true enables rate limits, and requires a limit, here or for a key. Enabled by default if any limit is set.',
  )
  @Flag()
  @IsOptional()
  RATE_LIMIT_ENABLED?: boolean;

  @Variable(
    'Maximum requests per key within RATE_LIMIT_WINDOW; requests without a key are counted per address. 0 means unlimited.',
  )
  @Count(0)
  RATE_LIMIT_REQUESTS = 0;

  @Variable('Length in seconds of the window for RATE_LIMIT_REQUESTS.')
  @Count(1, DAY)
  RATE_LIMIT_WINDOW = 60;

  @Variable(
    'Maximum tokens per minute and key, prompt and completion together; requests without a key are counted per address. 0 means unlimited.',
  )
  @Count(0)
  RATE_LIMIT_TOKENS_PER_MINUTE = 0;

  @Variable(
    'URL of a Redis through which several instances share rate limits and what is kept of conversations (CONTINUITY_TTL). Without it each instance counts separately, its workers together, and each process keeps its own part of conversations.',
    { example: 'redis://localhost:6379', secret: true },
  )
  @IsOptional()
  @IsUrl(
    { protocols: ['redis', 'rediss'], require_protocol: true, require_tld: false, allow_underscores: true },
    { message: '$property must be a redis or rediss URL' },
  )
  REDIS_URL?: string;

  @Variable(
    'Behaviour while Redis does not answer: `local` counts in each process against the limits divided by EXPECTED_REPLICAS, `open` applies no limits, `closed` rejects requests with 503.',
  )
  @OneOf(['local', 'open', 'closed'])
  RATE_LIMIT_ON_REDIS_ERROR: 'local' | 'open' | 'closed' = 'local';

  @Variable(
    'Seconds for which parts of an answer with tool calls are kept that the upstream demands back and clients do not return: reasoning, signatures, ids. 0 keeps none; placeholders are sent instead where the upstream accepts them.',
  )
  @Duration(0, 7 * DAY)
  CONTINUITY_TTL = 6 * HOUR;

  @Variable(
    'Maximum bytes of memory per process for CONTINUITY_TTL. The parts that were not used for the longest time are removed first.',
  )
  @Count(0)
  CONTINUITY_MAX_BYTES = 33_554_432;

  @Variable('Maximum number of entries per process for CONTINUITY_TTL; each turn has two.')
  @Count(0)
  CONTINUITY_MAX_ENTRIES = 20_000;

  @Variable(
    'Seconds for which responses of `/v1/responses` that are translated are stored, so that a request can continue one (`previous_response_id`), unless the request has `store: false`. With several API keys it is also how long a key can use the responses that an upstream stores for it (docs/security.md). 0 stores none.',
  )
  @Duration(0, 30 * DAY)
  STORED_RESPONSES_TTL = HOUR;

  @Variable(
    'Maximum bytes of memory per process for stored responses. Those that were not used for the longest time are removed first.',
  )
  @Count(0)
  STORED_RESPONSES_MAX_BYTES = 67_108_864;

  @Variable('Maximum number of stored responses per process.')
  @Count(0)
  STORED_RESPONSES_MAX_ENTRIES = 10_000;

  @Variable('Number of instances that share the rate limits.')
  @Count(1)
  EXPECTED_REPLICAS = 1;

  @Variable(
    'Where models are kept that clients make from served ones with `ollama create` (docs/virtual-models.md): `off` refuses to make any, `memory` keeps them until the process ends, `file` in a folder, `redis` in the Redis of REDIS_URL. `npm start` uses `file` unless it is set.',
  )
  @OneOf(MODEL_STORES)
  MODEL_STORE: ModelStoreKind = 'off';

  @Variable('Folder of MODEL_STORE=file, relative to the working directory. Several processes may share it.')
  @IsString()
  @IsNotEmpty()
  MODEL_STORE_PATH = 'data/models';

  @Variable(
    'true lets every client make, copy and delete virtual models where no API keys are configured. false lets only those on this machine. With PROXY_API_KEYS a key needs `manage` for it in either case.',
  )
  @Flag()
  MODEL_STORE_OPEN = false;

  @Variable('Maximum number of virtual models.')
  @Count(1)
  MODEL_STORE_MAX_MODELS = 1000;

  @Variable('Maximum size in bytes of one virtual model as JSON, its messages included.')
  @Count(1024)
  MODEL_STORE_MAX_SIZE = 1_048_576;

  @Variable(
    'Event-loop lag in milliseconds above which new requests get the 503 "server busy"; requests in flight continue. 0 disables the check.',
  )
  @Count(0)
  MAX_EVENT_LOOP_LAG = 1000;
}

export interface CheckedEnvironment {
  /** Variables with mistakes have their default. */
  readonly environment: Environment;
  /** All variables of the process, cleaned. Contains secrets. */
  readonly variables: Variables;
  /** Each begins with the name of the variable. */
  readonly mistakes: string[];
  /** Variables that are probably meant for this program but not read. */
  readonly warnings: readonly string[];
}

/** At least one of these is required. */
const UPSTREAM_VARIABLES = ['OPENAI_API_BASE_URL', 'UPSTREAMS', 'MODEL_MAPPING_FILE'];

/** Validates the environment. A variable that is empty or only white space counts as unset. */
export function checkEnvironment(given: Variables): CheckedEnvironment {
  const { values, mistakes, warnings } = readVariables(given);
  const names = new Set(declaredVariables().map(({ name }) => name));
  const declared = Object.fromEntries(Object.entries(values).filter(([name]) => names.has(name)));
  const environment = plainToInstance(Environment, declared, { exposeDefaultValues: true });
  const errors = validateSync(environment);
  const found = [...mistakes, ...describeErrors(errors, '')];
  // A mistyped name is the likely reason for a missing variable.
  if (!UPSTREAM_VARIABLES.some((name) => name in declared)) found.push('OPENAI_API_BASE_URL is required', ...warnings);
  const defaults = new Environment();
  for (const { property } of errors)
    Object.assign(environment, { [property]: defaults[property as keyof Environment] });
  return { environment, variables: values, mistakes: found, warnings };
}

/** @throws ConfigurationError with all mistakes */
export function readEnvironment(variables: Variables): Environment {
  const { environment, mistakes } = checkEnvironment(variables);
  if (mistakes.length > 0) throw new ConfigurationError(mistakes);
  return environment;
}
