import type { LogLevel } from './environment.js';
import { checkEnvironment, ConfigurationError, Environment } from './environment.js';
import { readRouting } from './read-routing.js';
import type { RoutingTable } from './routing.js';

export interface ServerSettings {
  readonly port: number;
  /** Addresses to listen on. */
  readonly addresses: readonly string[];
  /** Every address is of this machine only. */
  readonly isLoopback: boolean;
  /** Origins of pages that may call, besides Ollama's own list. */
  readonly origins: readonly string[];
  /** Below /v1, without slashes at the ends. */
  readonly passedPaths: readonly string[];
  readonly maxBodyBytes: number;
  readonly ollamaVersion: string;
  readonly shutdownGraceMs: number;
}

export interface LogSettings {
  readonly level: LogLevel;
  /** Also log the shape of what is sent to the backend. */
  readonly payloads: boolean;
}

/** The whole configuration, checked, in the units the code works with. */
export interface Settings {
  readonly server: ServerSettings;
  readonly log: LogSettings;
  readonly routing: RoutingTable;
  /** The file behind the routing, watched for changes. */
  readonly routingFile: string | undefined;
  /** Reads the routing anew. @throws ConfigurationError */
  readonly reloadRouting: () => RoutingTable;
}

/** @throws ConfigurationError naming every mistake at once */
export function readSettings(source: Readonly<Record<string, string | undefined>>): Settings {
  const { environment, routing } = readAll(source);
  const addresses = environment.HOST === 'localhost' ? ['127.0.0.1', '::1'] : [environment.HOST];
  return {
    server: {
      port: environment.PROXY_PORT,
      addresses,
      isLoopback: addresses.every((address) => /^(127\.\d+\.\d+\.\d+|::1)$/.test(address)),
      origins: [...splitList(environment.OLLAMA_ORIGINS), ...splitList(environment.CORS_ORIGINS)],
      passedPaths: splitList(environment.V1_PASSED_PATHS).map((path) => path.replace(/^\/|\/$/g, '')),
      maxBodyBytes: environment.REQUEST_MAX_SIZE,
      ollamaVersion: environment.OLLAMA_VERSION,
      shutdownGraceMs: environment.SHUTDOWN_GRACE_SECONDS * 1000,
    },
    log: { level: environment.DEBUG ? 'DEBUG' : environment.LOG_LEVEL, payloads: environment.DEBUG },
    routing,
    routingFile: environment.MODEL_MAPPING_FILE,
    reloadRouting: () => readRouting(environment, source),
  };
}

/** Mistakes of the variables and of the mapping file are told together. */
function readAll(source: Readonly<Record<string, string | undefined>>): {
  environment: Environment;
  routing: RoutingTable;
} {
  const { environment, mistakes } = checkEnvironment(source);
  const isUrlWrong = mistakes.some((mistake) => mistake.startsWith('OPENAI_API_BASE_URL'));
  try {
    const routing = readRouting(isUrlWrong ? withoutUrl(environment) : environment, source);
    if (mistakes.length === 0) return { environment, routing };
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
