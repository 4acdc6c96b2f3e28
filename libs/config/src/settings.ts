import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { parseEnv } from 'node:util';
import type { ApiKey } from './api-keys.js';
import { checkApiKeys } from './api-keys.js';
import { ConfigurationError } from './configuration-error.js';
import type { Environment, LogFields, LogFormat, LogLevel, ModelStoreKind, OtelSampler } from './environment.js';
import { checkEnvironment } from './environment.js';
import type { Variables } from './given-variables.js';
import { overlay } from './given-variables.js';
import { isLoopback, listenAddresses } from './listen-addresses.js';
import type { ModelMapping } from './model-mapping.js';
import { packageVersion } from './package-version.js';
import { checkMapping } from './read-mapping.js';
import type { ServerTls } from './server-tls.js';
import { checkServerTls } from './server-tls.js';
import { checkTrustedProxies } from './trusted-proxies.js';

export interface ServerSettings {
  /** Processes that share the port; with more than one, a primary process starts them. */
  readonly workers: number;
  readonly port: number;
  /** Addresses to listen on. */
  readonly addresses: readonly string[];
  /** Whether every address is loopback. */
  readonly isLoopback: boolean;
  /** Allowed origins in addition to those of Ollama. */
  readonly origins: readonly string[];
  /** Forwarded paths below /v1, without leading and trailing slash. */
  readonly passedPaths: readonly string[];
  /** Undefined: http. */
  readonly tls: ServerTls | undefined;
  /** Per address and process; 0: unlimited. */
  readonly maxConnections: number;
  readonly keepAliveMs: number;
  readonly maxBodyBytes: number;
  /** Limit of bodies that are streamed through; 0: unlimited. */
  readonly maxUploadBytes: number;
  readonly ollamaVersion: string;
  /** From the signal to the end of the last response, including the linger time. */
  readonly shutdownGraceMs: number;
  /** Time after the signal in which new connections are accepted. */
  readonly shutdownLingerMs: number;
  /** Whether browsers get the page at `/`. */
  readonly hasPage: boolean;
  /** Reverse proxies whose `X-Forwarded-For` is used: a number of hops, or ranges; undefined: none. */
  readonly trustedProxies: number | readonly string[] | undefined;
  /** Parts of the call that response headers describe: upstream, model, timing, cost. */
  readonly responseHeaders: readonly string[];
  /** Event-loop lag above which new requests are rejected; 0: never. */
  readonly maxLagMs: number;
}

interface AccessSettings {
  /** Undefined: no key is required. */
  readonly keys: readonly ApiKey[] | undefined;
  /** File with the keys, if they are in a file. */
  readonly keyFile: string | undefined;
  /** Paths that require no key, in addition to the built-in ones. */
  readonly exemptPaths: readonly string[];
}

export interface LimitSettings {
  readonly enabled: boolean;
  /** Per window; 0: unlimited. */
  readonly requests: number;
  readonly windowSeconds: number;
  /** 0: unlimited. */
  readonly tokensPerMinute: number;
  /** Whether the primary process counts, for several workers. */
  readonly inPrimary: boolean;
  /** Undefined: limits are not shared with other instances. Contains a secret. */
  readonly redisUrl: string | undefined;
  readonly onRedisError: 'local' | 'open' | 'closed';
  readonly replicas: number;
}

/** Bounds of what is kept from one request to the next. */
export interface KeptLimits {
  /** 0: nothing is kept. */
  readonly ttlMs: number;
  readonly maxBytes: number;
  readonly maxEntries: number;
}

export interface ContinuitySettings {
  /** Parts of assistant turns that clients do not return. */
  readonly turns: KeptLimits;
  /** Responses of the Responses API. */
  readonly responses: KeptLimits;
  /** Undefined: every process keeps its own. Contains a secret. */
  readonly redisUrl: string | undefined;
  /** Whether the state of this connection is the one that health reports: no other part uses Redis. */
  readonly reportsRedis: boolean;
}

export interface LogSettings {
  readonly level: LogLevel;
  /** `auto`: pretty on a terminal, otherwise JSON. */
  readonly format: LogFormat;
  /** Names of the fields of JSON lines. */
  readonly fields: LogFields;
  /** Level as text, and time in RFC 3339, with our own names. */
  readonly hasLevelText: boolean;
  readonly hasTimeText: boolean;
  /** Log the structure of requests to the upstream. */
  readonly payloads: boolean;
}

export interface ModelStoreSettings {
  readonly kind: ModelStoreKind;
  /** Folder of the kind `file`. */
  readonly path: string;
  /** Of the kind `redis`. Contains a secret. */
  readonly redisUrl: string;
  /** Whether clients on other machines may change models where no keys are configured. */
  readonly isOpen: boolean;
  readonly maxModels: number;
  readonly maxModelBytes: number;
}

interface MetricsSettings {
  readonly enabled: boolean;
  /** Whether OpenTelemetry's metrics for generative AI are kept, too. */
  readonly hasGenAiNames: boolean;
  /** With a leading slash. */
  readonly path: string;
}

interface HealthSettings {
  /** Timeout of the checks for health and readiness. */
  readonly timeoutMs: number;
  /** Interval between two checks of each upstream; 0: never. */
  readonly probeMs: number;
  /** Whether readiness requires a reachable upstream. */
  readonly requiresUpstream: boolean;
  readonly hasVersionEndpoint: boolean;
}

/** Version and origin of the build. */
export interface BuildSettings {
  /** Of package.json. */
  readonly version: string;
  readonly commit: string;
  readonly time: string;
}

export interface TracingSettings {
  readonly enabled: boolean;
  readonly sampler: OtelSampler;
  /** Fraction that the ratio samplers keep. */
  readonly ratio: number;
  /** Interval between two exports. */
  readonly delayMs: number;
}

interface DocsSettings {
  readonly enabled: boolean;
  /** `user:password` required for the documentation; undefined: none. */
  readonly auth: string | undefined;
}

/** The validated configuration in the units of the code. */
export interface Settings {
  readonly server: ServerSettings;
  readonly log: LogSettings;
  readonly docs: DocsSettings;
  readonly access: AccessSettings;
  readonly limits: LimitSettings;
  readonly continuity: ContinuitySettings;
  readonly modelStore: ModelStoreSettings;
  readonly metrics: MetricsSettings;
  readonly health: HealthSettings;
  readonly build: BuildSettings;
  readonly tracing: TracingSettings;
  readonly mapping: ModelMapping;
  /** MODEL_MAPPING_FILE. */
  readonly mappingFile: string | undefined;
  /** The variables behind these settings, for reloads of files that refer to them. Contains secrets. */
  readonly variables: Variables;
  /** Logged at start: variables that are probably meant for this program but not read, and state that is not shared. */
  readonly warnings: readonly string[];
}

/** A client's next connection may reach another worker. */
function stateWarnings({ REDIS_URL, CONTINUITY_TTL, STORED_RESPONSES_TTL }: Environment, workers: number): string[] {
  if (workers === 1 || REDIS_URL !== undefined) return [];
  const kept = [
    ...(CONTINUITY_TTL > 0 ? ['parts of earlier turns (CONTINUITY_TTL)'] : []),
    ...(STORED_RESPONSES_TTL > 0 ? ['stored responses (STORED_RESPONSES_TTL)'] : []),
  ];
  if (kept.length === 0) return [];
  return [
    `WORKERS: each of the ${workers} workers keeps ${kept.join(' and ')} for itself; set REDIS_URL to share them`,
  ];
}

/** @throws ConfigurationError with all mistakes */
export function readSettings(given: Variables): Settings {
  const { environment, variables, mistakes, warnings } = checkEnvironment(given);
  const tls = checkServerTls(environment, mistakes);
  const { keys, file: keyFile } = checkApiKeys(environment.PROXY_API_KEYS, mistakes);
  const trustedProxies = checkTrustedProxies(environment.TRUSTED_PROXIES, mistakes);
  const mapping = checkMapping(environment, variables, mistakes);
  const hasLimits = hasLimit(environment, keys ?? []);
  // A key file may get limits later.
  if (environment.RATE_LIMIT_ENABLED === true && !hasLimits && keyFile === undefined)
    mistakes.push(
      'RATE_LIMIT_ENABLED is true, but no limit is set: RATE_LIMIT_REQUESTS, RATE_LIMIT_TOKENS_PER_MINUTE or the limits of a key',
    );
  const hasRateLimits = environment.RATE_LIMIT_ENABLED ?? hasLimits;
  const workers = environment.WORKERS || availableParallelism();
  if (environment.MODEL_STORE === 'redis' && environment.REDIS_URL === undefined)
    mistakes.push('MODEL_STORE: redis needs REDIS_URL');
  if (mistakes.length > 0) throw new ConfigurationError(mistakes);
  const addresses = listenAddresses(environment);
  return {
    server: {
      workers,
      port: environment.PROXY_PORT,
      addresses,
      isLoopback: addresses.every(isLoopback),
      responseHeaders: splitList(environment.RESPONSE_HEADERS),
      origins: [...splitList(environment.OLLAMA_ORIGINS), ...splitList(environment.CORS_ORIGINS)],
      passedPaths: splitList(environment.V1_PASSED_PATHS).map((path) => path.replace(/^\/|\/$/g, '')),
      tls,
      maxConnections: environment.MAX_CONNECTIONS,
      keepAliveMs: environment.KEEP_ALIVE_TIMEOUT * 1000,
      maxBodyBytes: environment.REQUEST_MAX_SIZE,
      maxUploadBytes: environment.UPLOAD_MAX_SIZE,
      ollamaVersion: environment.OLLAMA_VERSION,
      shutdownGraceMs: environment.SHUTDOWN_GRACE_SECONDS * 1000,
      shutdownLingerMs: environment.SHUTDOWN_LINGER_SECONDS * 1000,
      hasPage: environment.PAGE_ENABLED,
      trustedProxies,
      maxLagMs: environment.MAX_EVENT_LOOP_LAG,
    },
    log: {
      level: environment.DEBUG ? 'DEBUG' : environment.LOG_LEVEL,
      format: environment.LOG_FORMAT,
      fields: environment.LOG_FIELDS,
      hasLevelText: environment.LOG_LEVEL_FORMAT === 'text',
      hasTimeText: environment.LOG_TIME_FORMAT === 'rfc3339',
      payloads: environment.DEBUG,
    },
    docs: { enabled: environment.DOCS_ENABLED, auth: environment.DOCS_AUTH },
    access: {
      keys,
      keyFile,
      exemptPaths: splitList(environment.AUTH_EXEMPT),
    },
    limits: {
      enabled: hasRateLimits,
      requests: environment.RATE_LIMIT_REQUESTS,
      windowSeconds: environment.RATE_LIMIT_WINDOW,
      tokensPerMinute: environment.RATE_LIMIT_TOKENS_PER_MINUTE,
      inPrimary: workers > 1,
      redisUrl: environment.REDIS_URL,
      onRedisError: environment.RATE_LIMIT_ON_REDIS_ERROR,
      replicas: environment.EXPECTED_REPLICAS,
    },
    continuity: {
      turns: {
        ttlMs: environment.CONTINUITY_TTL * 1000,
        maxBytes: environment.CONTINUITY_MAX_BYTES,
        maxEntries: environment.CONTINUITY_MAX_ENTRIES,
      },
      responses: {
        ttlMs: environment.STORED_RESPONSES_TTL * 1000,
        maxBytes: environment.STORED_RESPONSES_MAX_BYTES,
        maxEntries: environment.STORED_RESPONSES_MAX_ENTRIES,
      },
      redisUrl: environment.REDIS_URL,
      reportsRedis: !hasRateLimits,
    },
    modelStore: {
      kind: environment.MODEL_STORE,
      path: environment.MODEL_STORE_PATH,
      redisUrl: environment.REDIS_URL ?? '',
      isOpen: environment.MODEL_STORE_OPEN,
      maxModels: environment.MODEL_STORE_MAX_MODELS,
      maxModelBytes: environment.MODEL_STORE_MAX_SIZE,
    },
    metrics: {
      enabled: environment.ENABLE_METRICS && environment.ENABLE_PROMETHEUS_METRICS,
      hasGenAiNames: environment.GEN_AI_METRICS,
      path: environment.METRICS_PATH,
    },
    health: {
      timeoutMs: environment.HEALTH_CHECK_TIMEOUT * 1000,
      probeMs: environment.HEALTH_PROBE_INTERVAL * 1000,
      requiresUpstream: environment.READY_REQUIRES_UPSTREAM,
      hasVersionEndpoint: environment.VERSION_ENDPOINT_ENABLED,
    },
    build: { version: packageVersion(), commit: environment.BUILD_COMMIT, time: environment.BUILD_TIME },
    tracing: {
      enabled: isTraced(environment),
      sampler: environment.OTEL_TRACES_SAMPLER,
      ratio: environment.OTEL_TRACES_SAMPLER_ARG,
      delayMs: environment.OTEL_BSP_SCHEDULE_DELAY,
    },
    mapping,
    mappingFile: environment.MODEL_MAPPING_FILE,
    variables,
    warnings: [...warnings, ...stateWarnings(environment, workers)],
  };
}

function hasLimit(
  { RATE_LIMIT_REQUESTS: requests, RATE_LIMIT_TOKENS_PER_MINUTE: tokens }: Environment,
  keys: readonly ApiKey[],
): boolean {
  const isOwn = keys.some((key) => key.requestsPerMinute !== undefined || key.tokensPerMinute !== undefined);
  return requests > 0 || tokens > 0 || isOwn;
}

/** As OpenTelemetry specifies: an exporter or an endpoint has to be configured. */
function isTraced(environment: Environment): boolean {
  if (environment.OTEL_SDK_DISABLED || environment.OTEL_TRACES_EXPORTER === 'none') return false;
  return [
    environment.OTEL_TRACES_EXPORTER,
    environment.OTEL_EXPORTER_OTLP_ENDPOINT,
    environment.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT,
  ].some((each) => each !== undefined);
}

function splitList(list: string): string[] {
  return list
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

/**
 * The settings of this process: its flags and its environment, completed by a `.env` file of the working directory.
 * @throws ConfigurationError with all mistakes
 */
export function loadSettings(flags: Variables): Settings {
  // The packages of OpenTelemetry and the workers read the environment of the process.
  Object.assign(process.env, overlay(process.env, readEnvFile()));
  return readSettings(overlay(flags, process.env));
}

function readEnvFile(): Variables {
  try {
    return parseEnv(readFileSync('.env', 'utf8'));
  } catch {
    // There is no such file.
    return {};
  }
}
