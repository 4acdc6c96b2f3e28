import { availableParallelism } from 'node:os';
import { readTrustedProxies } from './trusted-proxies.js';
import type { ApiKey, CheckedKeys } from './api-keys.js';
import { checkApiKeys } from './api-keys.js';
import type { LogLevel, OtelSampler, Variables } from './environment.js';
import { checkEnvironment, ConfigurationError, Environment } from './environment.js';
import { packageVersion } from './package-version.js';
import { toRouting } from './read-routing.js';
import type { ServerTls } from './server-tls.js';
import { checkServerTls } from './server-tls.js';
import type { RoutingTable } from './routing.js';

export interface ServerSettings {
  /** Processes that share the port; more than one have a primary above them. */
  readonly workers: number;
  readonly port: number;
  /** Addresses to listen on. */
  readonly addresses: readonly string[];
  /** Every address is of this machine only. */
  readonly isLoopback: boolean;
  /** Origins of pages that may call, besides Ollama's own list. */
  readonly origins: readonly string[];
  /** Below /v1, without slashes at the ends. */
  readonly passedPaths: readonly string[];
  /** The files behind https; absent: http. */
  readonly tls: ServerTls | undefined;
  /** For each address; 0: no limit. */
  readonly maxConnections: number;
  readonly keepAliveMs: number;
  readonly maxBodyBytes: number;
  /** Of bodies that stream through; 0: no limit. */
  readonly maxUploadBytes: number;
  readonly ollamaVersion: string;
  /** From the signal to the end of the last answer, lingering included. */
  readonly shutdownGraceMs: number;
  /** How long new connections are still served. */
  readonly shutdownLingerMs: number;
  /** Browsers get a page at `/`. */
  readonly hasPage: boolean;
  /** Whose `X-Forwarded-For` is believed: hops or ranges; absent: nobody's. */
  readonly trustedProxies: number | readonly string[] | undefined;
  /** New requests are refused beyond it; 0: never. */
  readonly maxLagMs: number;
}

interface AccessSettings {
  /** Absent: everybody may call. */
  readonly keys: readonly ApiKey[] | undefined;
  /** The file behind them, watched for changes. */
  readonly keyFile: string | undefined;
  /** Paths that are open without a key. */
  readonly exemptPaths: readonly string[];
}

export interface LimitSettings {
  readonly enabled: boolean;
  /** Within the window; 0: no limit. */
  readonly requests: number;
  readonly windowSeconds: number;
  /** 0: no limit. */
  readonly tokensPerMinute: number;
  /** Counts are kept by the primary of several workers. */
  readonly inPrimary: boolean;
  /** Absent: nothing is shared with other proxies. Holds a secret. */
  readonly redisUrl: string | undefined;
  readonly onRedisError: 'local' | 'open' | 'closed';
  readonly replicas: number;
}

export interface LogSettings {
  readonly level: LogLevel;
  /** Also log the shape of what is sent to the backend. */
  readonly payloads: boolean;
}

interface MetricsSettings {
  readonly enabled: boolean;
  /** Begins with a slash. */
  readonly path: string;
}

interface HealthSettings {
  /** Bound of what health and readiness look up. */
  readonly timeoutMs: number;
  /** Between two looks at each backend; 0: never. */
  readonly probeMs: number;
  /** Not ready without a backend that can be reached. */
  readonly requiresUpstream: boolean;
  readonly tellsVersion: boolean;
}

/** What this program was built from, as far as the build told. */
export interface BuildSettings {
  /** Of the package. */
  readonly version: string;
  readonly commit: string;
  readonly time: string;
}

export interface TracingSettings {
  readonly enabled: boolean;
  readonly sampler: OtelSampler;
  /** Of the samplers that take a part. */
  readonly share: number;
  /** Between two deliveries. */
  readonly delayMs: number;
}

interface DocsSettings {
  readonly enabled: boolean;
  /** `user:password` that the pages ask for; absent: nothing. */
  readonly auth: string | undefined;
}

/** The whole configuration, checked, in the units the code works with. */
export interface Settings {
  readonly server: ServerSettings;
  readonly log: LogSettings;
  readonly docs: DocsSettings;
  readonly access: AccessSettings;
  readonly limits: LimitSettings;
  readonly metrics: MetricsSettings;
  readonly health: HealthSettings;
  readonly build: BuildSettings;
  readonly tracing: TracingSettings;
  readonly routing: RoutingTable;
  /** Watched for changes. */
  readonly mappingFile: string | undefined;
  /** The variables behind these settings, for reloads of files that refer to them. Contains secrets. */
  readonly variables: Variables;
}

/** @throws ConfigurationError naming every mistake at once */
export function readSettings(source: Variables): Settings {
  const { environment, routing, tls, keys } = readAll(source);
  const workers = environment.WORKERS || availableParallelism();
  const addresses = environment.HOST === 'localhost' ? ['127.0.0.1', '::1'] : [environment.HOST];
  return {
    server: {
      workers,
      port: environment.PROXY_PORT,
      addresses,
      isLoopback: addresses.every((address) => /^(127\.\d+\.\d+\.\d+|::1)$/.test(address)),
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
      trustedProxies:
        environment.TRUSTED_PROXIES === undefined ? undefined : readTrustedProxies(environment.TRUSTED_PROXIES),
      maxLagMs: environment.MAX_EVENT_LOOP_LAG,
    },
    log: { level: environment.DEBUG ? 'DEBUG' : environment.LOG_LEVEL, payloads: environment.DEBUG },
    docs: { enabled: environment.DOCS_ENABLED, auth: environment.DOCS_AUTH },
    access: {
      keys: keys.keys,
      keyFile: keys.file,
      exemptPaths: splitList(environment.AUTH_EXEMPT),
    },
    limits: {
      enabled: environment.RATE_LIMIT_ENABLED ?? hasLimit(environment, keys.keys ?? []),
      requests: environment.RATE_LIMIT_REQUESTS,
      windowSeconds: environment.RATE_LIMIT_WINDOW,
      tokensPerMinute: environment.RATE_LIMIT_TOKENS_PER_MINUTE,
      inPrimary: workers > 1,
      redisUrl: environment.REDIS_URL,
      onRedisError: environment.RATE_LIMIT_ON_REDIS_ERROR,
      replicas: environment.EXPECTED_REPLICAS,
    },
    metrics: {
      enabled: environment.ENABLE_METRICS && environment.ENABLE_PROMETHEUS_METRICS,
      path: environment.METRICS_PATH,
    },
    health: {
      timeoutMs: environment.HEALTH_CHECK_TIMEOUT * 1000,
      probeMs: environment.HEALTH_PROBE_INTERVAL * 1000,
      requiresUpstream: environment.READY_REQUIRES_UPSTREAM,
      tellsVersion: environment.VERSION_ENDPOINT_ENABLED,
    },
    build: { version: packageVersion(), commit: environment.BUILD_COMMIT, time: environment.BUILD_TIME },
    tracing: {
      enabled: isTraced(environment),
      sampler: environment.OTEL_TRACES_SAMPLER,
      share: environment.OTEL_TRACES_SAMPLER_ARG,
      delayMs: environment.OTEL_BSP_SCHEDULE_DELAY,
    },
    routing,
    mappingFile: environment.MODEL_MAPPING_FILE,
    variables: source,
  };
}

function hasLimit(
  { RATE_LIMIT_REQUESTS: requests, RATE_LIMIT_TOKENS_PER_MINUTE: tokens }: Environment,
  keys: readonly ApiKey[],
): boolean {
  const isOwn = keys.some((key) => key.requestsPerMinute !== undefined || key.tokensPerMinute !== undefined);
  return requests > 0 || tokens > 0 || isOwn;
}

/** As OpenTelemetry has it: an exporter or the place to send to has to be named. */
function isTraced(environment: Environment): boolean {
  if (environment.OTEL_SDK_DISABLED || environment.OTEL_TRACES_EXPORTER === 'none') return false;
  return [
    environment.OTEL_TRACES_EXPORTER,
    environment.OTEL_EXPORTER_OTLP_ENDPOINT,
    environment.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT,
  ].some((each) => each !== undefined);
}

/** Mistakes of the variables and of the mapping file are told together. */
function readAll(source: Variables): {
  environment: Environment;
  routing: RoutingTable;
  tls: ServerTls | undefined;
  keys: CheckedKeys;
} {
  const { environment, mistakes } = checkEnvironment(source);
  const { tls, mistakes: mistakesOfTls } = checkServerTls(environment);
  const keys = checkApiKeys(environment.PROXY_API_KEYS);
  mistakes.push(...mistakesOfTls, ...keys.mistakes);
  const { TRUSTED_PROXIES: trusted } = environment;
  if (trusted !== undefined && readTrustedProxies(trusted) === undefined)
    mistakes.push('TRUSTED_PROXIES must be a number, or a comma-separated list of addresses and ranges');
  const isUrlWrong = mistakes.some((mistake) => mistake.startsWith('OPENAI_API_BASE_URL'));
  try {
    const routing = toRouting(isUrlWrong ? withoutUrl(environment) : environment, source);
    if (mistakes.length === 0) return { environment, routing, tls, keys };
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    const more = error.mistakes.filter((mistake) => !isUrlWrong || !mistake.startsWith('OPENAI_API_BASE_URL'));
    throw new ConfigurationError([...mistakes, ...more]);
  }
  throw new ConfigurationError(mistakes);
}

function withoutUrl(environment: Environment): Environment {
  const rest = Object.assign(new Environment(), environment);
  delete rest.OPENAI_API_BASE_URL;
  return rest;
}

function splitList(list: string): string[] {
  return list
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

/**
 * The settings of this process: its environment, completed by a `.env` file of the working directory.
 * @throws ConfigurationError naming every mistake at once
 */
export function loadSettings(): Settings {
  try {
    process.loadEnvFile();
  } catch {
    // No such file: the environment is all there is.
  }
  return readSettings(process.env);
}
