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
import { DIALECT_NAMES } from './routing.js';
import { declaredVariables, Variable } from './variable.decorator.js';

const LOG_LEVELS = ['DEBUG', 'INFO', 'WARNING', 'ERROR'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

const ToNumber = Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? Number(value) : value));
const ToBoolean = Transform(({ value }: { value: unknown }) => {
  if (typeof value !== 'string') return value;
  if (/^(true|1|yes|on)$/i.test(value)) return true;
  return /^(false|0|no|off)$/i.test(value) ? false : value;
});
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
    'How often a call is tried again after a refused or reset connection or a 408, 429, 502, 503 or 504, always before the first byte reached the client. 0 means never.',
  )
  @ToNumber
  @IsInt()
  @Min(0)
  @Max(10)
  MAX_RETRIES = 1;

  @Variable(
    'Path of a JSON or YAML file that maps names clients use to models of the backend (`{"llama3": "gpt-4o"}`), or describes several backends and rules for models (docs/backends.md). Read again when it changes.',
  )
  @IsOptional()
  @IsString()
  MODEL_MAPPING_FILE?: string;

  @Variable(
    'Largest request body in bytes. Images travel in it as base64, a third larger than the file. Bodies that stream through below /v1 (files, sound) are not held and not counted.',
  )
  @ToNumber
  @IsInt()
  @Min(1024)
  REQUEST_MAX_SIZE = 10_485_760;

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

  @Variable('Seconds that running answers may take to finish after SIGTERM.')
  @ToNumber
  @IsNumber()
  @Min(0)
  @Max(HOUR)
  SHUTDOWN_GRACE_SECONDS = 25;
}

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
  readonly mistakes: readonly string[];
}

/** What names a backend: at least one of them is needed. */
const BACKEND_VARIABLES = ['OPENAI_API_BASE_URL', 'UPSTREAMS', 'MODEL_MAPPING_FILE'];

/** Reads and checks the environment; an empty variable, or one of white space, counts as absent. */
export function checkEnvironment(source: Readonly<Record<string, string | undefined>>): CheckedEnvironment {
  const given = Object.fromEntries(Object.entries(source).filter(([, value]) => value?.trim()));
  const names = new Set(declaredVariables().map(({ name }) => name));
  const picked = Object.fromEntries(Object.entries(given).filter(([name]) => names.has(name)));
  const environment = plainToInstance(Environment, picked, { exposeDefaultValues: true });
  const mistakes = validateSync(environment).map(
    ({ property, constraints }) => Object.values(constraints ?? {})[0] ?? `${property} is not valid`,
  );
  if (!BACKEND_VARIABLES.some((name) => name in picked)) mistakes.push('OPENAI_API_BASE_URL is required');
  return { environment, mistakes };
}

/** @throws ConfigurationError naming every mistake at once */
export function readEnvironment(source: Readonly<Record<string, string | undefined>>): Environment {
  const { environment, mistakes } = checkEnvironment(source);
  if (mistakes.length > 0) throw new ConfigurationError(mistakes);
  return environment;
}
