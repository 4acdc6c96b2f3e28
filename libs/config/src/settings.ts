import type { LogLevel } from './environment.js';
import { readEnvironment } from './environment.js';
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
  const environment = readEnvironment(source);
  const routing = readRouting(environment, source);
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
