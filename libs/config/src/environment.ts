import { Transform, plainToInstance } from 'class-transformer';
import {
  IsBoolean,
  IsIn,
  IsInt,
  IsNotEmpty,
  IsNumber,
  IsOptional,
  IsString,
  IsUrl,
  Matches,
  Max,
  Min,
  validateSync,
} from 'class-validator';
import { mistakeIn } from './mistake-in.js';
import { DIALECT_NAMES } from './routing.js';
import { declaredVariables, Variable } from './variable.decorator.js';

const LOG_LEVELS = ['DEBUG', 'INFO', 'WARNING', 'ERROR'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

const OTEL_SAMPLERS = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const;
export type OtelSampler = (typeof OTEL_SAMPLERS)[number];

const ToNumber = Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? Number(value) : value));
const ToBoolean = Transform(({ value }: { value: unknown }) => {
  if (typeof value !== 'string') return value;
  if (/^(true|1|yes|on)$/i.test(value)) return true;
  return /^(false|0|no|off)$/i.test(value) ? false : value;
});
/** `auto` leaves the number to the machine, as 0 does. */
const ToWorkers = Transform(({ value }: { value: unknown }) =>
  typeof value === 'string' ? Number(/^auto$/i.test(value) ? 0 : value) : value,
);
const ToUpperCase = Transform(({ value }: { value: unknown }) =>
  typeof value === 'string' ? value.toUpperCase() : value,
);

const BOOLEAN = { message: '$property must be true or false' };
const HOUR = 3600;

/** Entries are `*` or scheme://host[:port], with one `*` anywhere in host or port. */
const ORIGIN_LIST = /^(\s*(\*|[a-z][a-z0-9+.-]*:\/\/[^\s,/]*)\s*(,|$))*$/;

/** Every variable the proxy reads, with its rule and its default. Nothing else in the code looks at the environment. */
export class Environment {
  @Variable(
    'Base URL of the OpenAI-compatible backend, with or without `/v1`. Required, unless UPSTREAMS or MODEL_MAPPING_FILE names the backends. A query string (`?api-version=…`) is sent with every call; `{model}` in the path is replaced by the model, for backends with a path for each deployment.',
    { example: 'https://api.openai.com/v1' },
  )
  @IsOptional()
  @IsUrl(
    { protocols: ['http', 'https'], require_protocol: true, require_tld: false, allow_underscores: true },
    { message: '$property must be an http or https URL' },
  )
  OPENAI_API_BASE_URL?: string;

  @Variable('Key sent to the backend as a Bearer token. Leave it out for a backend without keys.', { secret: true })
  @IsOptional()
  @IsString()
  @Matches(/^[\x21-\x7e]*$/, { message: '$property must not hold spaces, line breaks or characters outside ASCII' })
  OPENAI_API_KEY?: string;

  @Variable('Header that carries the key: `authorization` (as a Bearer token), `api-key` or `x-api-key`.')
  @IsIn(['authorization', 'api-key', 'x-api-key'])
  OPENAI_API_KEY_HEADER = 'authorization';

  @Variable('Sent to the backend as `OpenAI-Organization`.')
  @IsOptional()
  @IsString()
  OPENAI_ORGANIZATION?: string;

  @Variable('Sent to the backend as `OpenAI-Project`.')
  @IsOptional()
  @IsString()
  OPENAI_PROJECT?: string;

  @Variable('More headers for every call, as a JSON object.', { example: '{"X-Title":"my company"}', secret: true })
  @IsOptional()
  @IsString()
  UPSTREAM_HEADERS?: string;

  @Variable(
    'Whose key the backend gets: `proxy` sends OPENAI_API_KEY, `client` the one the caller came with (never an empty or placeholder one; OPENAI_API_KEY stands in then).',
  )
  @IsIn(['proxy', 'client'])
  UPSTREAM_AUTH: 'proxy' | 'client' = 'proxy';

  @Variable('Name of the dialect of the backend; without it the proxy finds out by itself (docs/backends.md).')
  @IsOptional()
  @IsIn(DIALECT_NAMES, { message: `$property must be one of ${DIALECT_NAMES.join(', ')}` })
  UPSTREAM_DIALECT?: string;

  @Variable('Several backends as a JSON array of the objects that `upstreams` of MODEL_MAPPING_FILE holds.', {
    example:
      '[{"name":"gpu","base_url":"http://gpu:8000/v1"},{"name":"cloud","base_url":"https://api.example.com/v1","api_key":"${CLOUD_KEY}","priority":1}]',
    secret: true,
  })
  @IsOptional()
  @IsString()
  UPSTREAMS?: string;

  @Variable(
    'true accepts any certificate of the backend. Only for tests: anyone in between can read and change everything.',
  )
  @ToBoolean
  @IsBoolean(BOOLEAN)
  DISABLE_SSL_VERIFICATION = false;

  @Variable(
    'Processes that share the port, for machines with several processors: 1 is a single one, `auto` or 0 as many as can run at a time. Rate limits and metrics count them as one; what is said to be for each process holds for each of them (docs/reliability.md).',
  )
  @ToWorkers
  @IsInt({ message: '$property must be a whole number or auto' })
  @Min(0)
  @Max(256)
  WORKERS = 1;

  @Variable('Port the proxy listens on.')
  @ToNumber
  @IsInt()
  @Min(0)
  @Max(65_535)
  PROXY_PORT = 11_434;

  @Variable(
    'Address to listen on. `localhost` means loopback, IPv4 and IPv6, as Ollama does; `0.0.0.0` or `::` means every interface.',
  )
  @IsString()
  @IsNotEmpty()
  HOST = 'localhost';

  @Variable(
    'Path of a PEM file with the certificate the proxy shows, followed by those of its issuers. With it and TLS_KEY_FILE the proxy speaks https instead of http. Read again when it changes.',
    { example: '/etc/tls/tls.crt' },
  )
  @IsOptional()
  @IsString()
  TLS_CERT_FILE?: string;

  @Variable('Path of a PEM file with the key of TLS_CERT_FILE, without a passphrase.', { example: '/etc/tls/tls.key' })
  @IsOptional()
  @IsString()
  TLS_KEY_FILE?: string;

  @Variable(
    'Connections of clients at a time, for each process and address listened on; further ones are closed. 0 is no limit.',
  )
  @ToNumber
  @IsInt()
  @Min(0)
  MAX_CONNECTIONS = 10_000;

  @Variable(
    'Seconds a connection may idle between two requests. Has to be longer than the load balancer in front keeps its own: a request that meets a closing connection is lost. 75 suits those that keep them for a minute; Google Cloud needs 620.',
  )
  @ToNumber
  @IsNumber()
  @Min(1)
  @Max(HOUR)
  KEEP_ALIVE_TIMEOUT = 75;

  @Variable('Least severe level that is logged: DEBUG, INFO, WARNING or ERROR.')
  @ToUpperCase
  @IsIn(LOG_LEVELS, { message: `$property must be one of ${LOG_LEVELS.join(', ')}` })
  LOG_LEVEL: LogLevel = 'INFO';

  @Variable(
    'Logs at DEBUG and adds the shape of each request sent to the backend (texts, images and keys are replaced by their length).',
  )
  @ToBoolean
  @IsBoolean(BOOLEAN)
  DEBUG = false;

  @Variable(
    'Seconds the backend may take to its first byte: loading a model and reading a long prompt take minutes on small machines. A stream may last longer.',
  )
  @ToNumber
  @IsNumber()
  @Min(0.05)
  @Max(24 * HOUR)
  REQUEST_TIMEOUT = 300;

  @Variable('Seconds a stream of the backend may be silent before it is given up.')
  @ToNumber
  @IsNumber()
  @Min(0.05)
  @Max(24 * HOUR)
  STREAM_IDLE_TIMEOUT = 120;

  @Variable('Seconds to reach the backend (name look-up, TCP and TLS).')
  @ToNumber
  @IsNumber()
  @Min(0.05)
  @Max(300)
  CONNECT_TIMEOUT = 5;

  @Variable(
    'Seconds a call may take in all, from its first attempt to the last byte of the answer. The only bound for a stream that keeps moving.',
  )
  @ToNumber
  @IsNumber()
  @Min(0.05)
  @Max(24 * HOUR)
  TOTAL_TIMEOUT = 3600;

  @Variable(
    'How often a call is tried again after a refused or reset connection or a 408, 429, 502, 503 or 504, always before the first byte reached the client. 0 means never.',
  )
  @ToNumber
  @IsInt()
  @Min(0)
  @Max(10)
  MAX_RETRIES = 1;

  @Variable(
    'true leaves a backend alone for a while (10 s, doubling up to 2 minutes) once at least half of 10 calls within 30 s, or 5 connections in a row, have failed; calls go to the other backends of the model, or fail at once with 503.',
  )
  @ToBoolean
  @IsBoolean(BOOLEAN)
  CIRCUIT_BREAKER_ENABLED = true;

  @Variable('Calls at a time of each process for each backend; further ones wait. 0 sends as many as come.')
  @ToNumber
  @IsInt()
  @Min(0)
  MAX_CONCURRENT_REQUESTS = 1000;

  @Variable(
    'Calls that may wait in each process for each backend, served in turn between callers; further ones get the 503 "server busy" that Ollama answers.',
  )
  @ToNumber
  @IsInt()
  @Min(0)
  MAX_QUEUED_REQUESTS = 512;

  @Variable('Seconds a call may wait in that queue.')
  @ToNumber
  @IsNumber()
  @Min(0.001)
  @Max(HOUR)
  QUEUE_TIMEOUT = 60;

  @Variable(
    'Path of a JSON or YAML file that maps names clients use to models of the backend (`{"llama3": "gpt-4o"}`), or describes several backends and rules for models (docs/backends.md). Read again when it changes.',
  )
  @IsOptional()
  @IsString()
  MODEL_MAPPING_FILE?: string;

  @Variable(
    'Largest request body in bytes. Images travel in it as base64, a third larger than the file. Bodies that stream through below /v1 (files, sound) are not held; UPLOAD_MAX_SIZE is for them.',
  )
  @ToNumber
  @IsInt()
  @Min(1024)
  REQUEST_MAX_SIZE = 10_485_760;

  @Variable(
    'Largest body in bytes that streams through below /v1 (files, sound). The default is what the files API of OpenAI takes. 0 is no limit.',
  )
  @ToNumber
  @IsInt()
  @Min(0)
  UPLOAD_MAX_SIZE = 536_870_912;

  @Variable('Version told at `/api/version`. Some clients refuse servers that look too old.')
  @Matches(/^\d+\.\d+\.\d+(-[\w.]+)?$/, { message: '$property must look like 0.33.0' })
  OLLAMA_VERSION = '0.33.0';

  @Variable(
    'Paths below /v1 that are passed to the backend as they are, besides those the proxy knows: a comma-separated list. Empty passes none.',
  )
  @Matches(/^[\w./,-]*$/, { message: '$property must be a comma-separated list of paths like images,audio' })
  V1_PASSED_PATHS =
    'images,audio,files,moderations,rerank,score,tokenize,detokenize,batches,uploads,responses,messages';

  @Variable(
    'Origins of web pages that may call, besides those of this machine and of desktop applications: a comma-separated list, each with one `*` at most; `*` alone allows every page.',
    { example: 'https://chat.example.com,http://*.internal.example:8080' },
  )
  @Matches(ORIGIN_LIST, {
    message: '$property must be a comma-separated list of origins like https://chat.example.com',
  })
  OLLAMA_ORIGINS = '';

  @Variable('The same as OLLAMA_ORIGINS, under the name that other services use; both count.')
  @Matches(ORIGIN_LIST, {
    message: '$property must be a comma-separated list of origins like https://chat.example.com',
  })
  CORS_ORIGINS = '';

  @Variable(
    'Seconds that running answers may take to finish after SIGTERM; those that are left then end with an error.',
  )
  @ToNumber
  @IsNumber()
  @Min(0)
  @Max(HOUR)
  SHUTDOWN_GRACE_SECONDS = 25;

  @Variable(
    'Seconds after SIGTERM, part of SHUTDOWN_GRACE_SECONDS, in which new connections are still served while `/readyz` already answers 503; left out when nobody is connected. For load balancers that learn of the end late; where a preStop hook waits (as in deploy/kubernetes) or nobody balances, 0 is right.',
  )
  @ToNumber
  @IsNumber()
  @Min(0)
  @Max(300)
  SHUTDOWN_LINGER_SECONDS = 0;

  @Variable(
    'true shows browsers a page at `/`: the models, the state of the backends, a chat to try out, and how to set up clients. false answers them as every other client.',
  )
  @ToBoolean
  @IsBoolean(BOOLEAN)
  PAGE_ENABLED = true;

  @Variable(
    'true counts requests and serves the numbers to Prometheus. Off, nothing is counted and the paths answer 404.',
  )
  @ToBoolean
  @IsBoolean(BOOLEAN)
  ENABLE_METRICS = true;

  @Variable('Another name of ENABLE_METRICS: metrics are served when both are true.')
  @ToBoolean
  @IsBoolean(BOOLEAN)
  ENABLE_PROMETHEUS_METRICS = true;

  @Variable('Path of the metrics, besides `/metrics`; the same numbers as a JSON summary are at `/summary` below it.')
  @Matches(/^(\/[\w.-]+)+$/, { message: '$property must be a path like /v1/metrics' })
  METRICS_PATH = '/v1/metrics';

  @Variable('Seconds that `/health` and `/ready` may take for what they look up.')
  @ToNumber
  @IsNumber()
  @Min(0.05)
  @Max(300)
  HEALTH_CHECK_TIMEOUT = 3;

  @Variable(
    'Seconds between two looks at the model list of each backend (±20 %), by which one that is gone is left alone before a request meets it, and used again when it is back. 0 never looks.',
  )
  @ToNumber
  @IsNumber()
  @Min(0)
  @Max(HOUR)
  HEALTH_PROBE_INTERVAL = 0;

  @Variable(
    'true makes `/ready` answer 503 while no backend can be reached. Clients then get a refused connection instead of a clear error.',
  )
  @ToBoolean
  @IsBoolean(BOOLEAN)
  READY_REQUIRES_UPSTREAM = false;

  @Variable('true tells version, commit and build time at `/v1/version`.')
  @ToBoolean
  @IsBoolean(BOOLEAN)
  VERSION_ENDPOINT_ENABLED = true;

  @Variable('Commit that was built; set by the image.')
  @Matches(/^[\w.-]{1,64}$/, { message: '$property must be the id of a commit' })
  BUILD_COMMIT = 'unknown';

  @Variable('When it was built; set by the image.')
  @Matches(/^[\w.:+-]{1,40}$/, { message: '$property must be a time like 2026-01-31T12:00:00Z' })
  BUILD_TIME = 'unknown';

  @Variable(
    'Base URL of an OpenTelemetry collector that takes OTLP over HTTP; traces are sent when this, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT or OTEL_TRACES_EXPORTER is set. The other OTEL_* variables for traces mean what OpenTelemetry says.',
    { example: 'http://collector:4318' },
  )
  @IsOptional()
  @IsString()
  OTEL_EXPORTER_OTLP_ENDPOINT?: string;

  @Variable('The whole URL that traces are sent to, where it is not the one below OTEL_EXPORTER_OTLP_ENDPOINT.')
  @IsOptional()
  @IsString()
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT?: string;

  @Variable('`otlp` sends traces, `none` does not.')
  @IsOptional()
  @IsIn(['otlp', 'none'])
  OTEL_TRACES_EXPORTER?: string;

  @Variable('Which traces are sent; `parentbased_…` leaves it to the caller where it says.')
  @IsIn(OTEL_SAMPLERS, { message: `$property must be one of ${OTEL_SAMPLERS.join(', ')}` })
  OTEL_TRACES_SAMPLER: OtelSampler = 'parentbased_always_on';

  @Variable('The share of traces for the `traceidratio` samplers, from 0 to 1.')
  @ToNumber
  @IsNumber()
  @Min(0)
  @Max(1)
  OTEL_TRACES_SAMPLER_ARG = 1;

  @Variable('Milliseconds between two deliveries of traces.')
  @ToNumber
  @IsInt()
  @Min(1)
  OTEL_BSP_SCHEDULE_DELAY = 5000;

  @Variable('true sends no traces, whatever the other OTEL_* variables say.')
  @ToBoolean
  @IsBoolean(BOOLEAN)
  OTEL_SDK_DISABLED = false;

  @Variable('true serves the API documents at `/docs`, `/redoc`, `/openapi.json` and `/openapi.yaml`.')
  @ToBoolean
  @IsBoolean(BOOLEAN)
  DOCS_ENABLED = true;

  @Variable('`user:password` that the API documents ask for (HTTP basic authentication). Empty asks for none.', {
    example: 'reader:change-me',
    secret: true,
  })
  @IsOptional()
  @Matches(/^[^:]+:.+$/s, { message: '$property must look like user:password' })
  DOCS_AUTH?: string;

  @Variable(
    'Keys that clients have to come with: a comma-separated list of `key`, `name:key` or `name:sha256:digest`, a JSON array of objects (docs/security.md), or `@` and the path of a file that holds either, read again when it changes. Empty lets everybody call.',
    { example: 'n8n:use-32-random-characters-here', secret: true },
  )
  @IsOptional()
  @IsString()
  PROXY_API_KEYS?: string;

  @Variable(
    'Paths that are open without a key, besides `/`, `/api/version`, health, metrics and documents: a comma-separated list.',
    { example: '/api/tags,/api/show' },
  )
  @Matches(/^(\s*\/[\w./-]*\s*(,|$))*$/, {
    message: '$property must be a comma-separated list of paths like /api/tags',
  })
  AUTH_EXEMPT = '';

  @Variable(
    'Whom to believe about the address of a client (`X-Forwarded-For`): the number of reverse proxies in front, or a comma-separated list of their addresses or ranges. Empty believes nobody.',
    { example: '1' },
  )
  @IsOptional()
  @IsString()
  TRUSTED_PROXIES?: string;

  @Variable('true limits how much each caller may ask for; the default once any limit is set, here or for a key.')
  @ToBoolean
  @IsOptional()
  @IsBoolean(BOOLEAN)
  RATE_LIMIT_ENABLED?: boolean;

  @Variable('Requests of each key, or each address without one, within RATE_LIMIT_WINDOW. 0 is no limit.')
  @ToNumber
  @IsInt()
  @Min(0)
  RATE_LIMIT_REQUESTS = 0;

  @Variable('Seconds of RATE_LIMIT_REQUESTS.')
  @ToNumber
  @IsInt()
  @Min(1)
  @Max(24 * HOUR)
  RATE_LIMIT_WINDOW = 60;

  @Variable('Tokens, prompts and answers together, of each key or address within a minute. 0 is no limit.')
  @ToNumber
  @IsInt()
  @Min(0)
  RATE_LIMIT_TOKENS_PER_MINUTE = 0;

  @Variable(
    'Redis that several proxies share their limits through. Without it each counts by itself, all its WORKERS together.',
    {
      example: 'redis://localhost:6379',
      secret: true,
    },
  )
  @IsOptional()
  @IsUrl(
    { protocols: ['redis', 'rediss'], require_protocol: true, require_tld: false, allow_underscores: true },
    { message: '$property must be a redis or rediss URL' },
  )
  REDIS_URL?: string;

  @Variable(
    'While Redis does not answer: `local` counts in each process, with the limits divided by EXPECTED_REPLICAS, `open` limits nothing, `closed` refuses with 503.',
  )
  @IsIn(['local', 'open', 'closed'])
  RATE_LIMIT_ON_REDIS_ERROR: 'local' | 'open' | 'closed' = 'local';

  @Variable('How many proxies share the limits.')
  @ToNumber
  @IsInt()
  @Min(1)
  EXPECTED_REPLICAS = 1;

  @Variable(
    'Milliseconds that the process may lag behind before new requests get the 503 "server busy" while running ones go on. 0 never refuses.',
  )
  @ToNumber
  @IsInt()
  @Min(0)
  MAX_EVENT_LOOP_LAG = 1000;
}

/** Environment variables by name. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** All mistakes of an environment, by variable name, without the values. */
export class ConfigurationError extends Error {
  constructor(readonly mistakes: readonly string[]) {
    super(
      `the configuration has ${String(mistakes.length)} mistake${mistakes.length === 1 ? '' : 's'}:\n${mistakes.map((mistake) => `  - ${mistake}`).join('\n')}`,
    );
    this.name = 'ConfigurationError';
  }
}

/** An environment as it was read, with everything that is wrong with it. */
export interface CheckedEnvironment {
  readonly environment: Environment;
  readonly mistakes: string[];
}

/** What names a backend: at least one of them is needed. */
const BACKEND_VARIABLES = ['OPENAI_API_BASE_URL', 'UPSTREAMS', 'MODEL_MAPPING_FILE'];

/** Reads and checks the environment; an empty variable, or one of white space, counts as absent. */
export function checkEnvironment(source: Variables): CheckedEnvironment {
  const given = Object.fromEntries(Object.entries(source).filter(([, value]) => value?.trim()));
  const names = new Set(declaredVariables().map(({ name }) => name));
  const picked = Object.fromEntries(Object.entries(given).filter(([name]) => names.has(name)));
  const environment = plainToInstance(Environment, picked, { exposeDefaultValues: true });
  const mistakes = validateSync(environment).map(
    ({ property, constraints }) => mistakeIn(constraints) ?? `${property} is not valid`,
  );
  if (!BACKEND_VARIABLES.some((name) => name in picked)) mistakes.push('OPENAI_API_BASE_URL is required');
  return { environment, mistakes };
}

/** @throws ConfigurationError naming every mistake at once */
export function readEnvironment(source: Variables): Environment {
  const { environment, mistakes } = checkEnvironment(source);
  if (mistakes.length > 0) throw new ConfigurationError(mistakes);
  return environment;
}
