import type { LogLevel } from './environment.js';
import { readEnvironment } from './environment.js';
import type { ModelMapping } from './model-mapping.js';
import { readModelMapping } from './model-mapping.js';

export interface ServerSettings {
  readonly port: number;
  /** Addresses to listen on. */
  readonly addresses: readonly string[];
  /** Every address is of this machine only. */
  readonly isLoopback: boolean;
  /** Origins of pages that may call, besides Ollama's own list. */
  readonly origins: readonly string[];
  readonly maxBodyBytes: number;
  readonly ollamaVersion: string;
  readonly shutdownGraceMs: number;
}

export interface LogSettings {
  readonly level: LogLevel;
  /** Also log the shape of what is sent to the backend. */
  readonly payloads: boolean;
}

export interface UpstreamSettings {
  /** Ends without a slash; paths like `/chat/completions` are appended. */
  readonly baseUrl: string;
  /** Query string of the base URL, with its question mark, or "". */
  readonly query: string;
  readonly apiKey: string | undefined;
  readonly connectMs: number;
  readonly firstByteMs: number;
  readonly idleMs: number;
  readonly maxRetries: number;
}

/** The whole configuration, checked, in the units the code works with. */
export interface Settings {
  readonly server: ServerSettings;
  readonly log: LogSettings;
  readonly upstream: UpstreamSettings;
  readonly models: ModelMapping;
}

/** @throws ConfigurationError naming every mistake at once */
export function readSettings(source: Readonly<Record<string, string | undefined>>): Settings {
  const environment = readEnvironment(source);
  const addresses = environment.HOST === 'localhost' ? ['127.0.0.1', '::1'] : [environment.HOST];
  return {
    server: {
      port: environment.PROXY_PORT,
      addresses,
      isLoopback: addresses.every((address) => /^(127\.\d+\.\d+\.\d+|::1)$/.test(address)),
      origins: [...splitList(environment.OLLAMA_ORIGINS), ...splitList(environment.CORS_ORIGINS)],
      maxBodyBytes: environment.REQUEST_MAX_SIZE,
      ollamaVersion: environment.OLLAMA_VERSION,
      shutdownGraceMs: environment.SHUTDOWN_GRACE_SECONDS * 1000,
    },
    log: { level: environment.DEBUG ? 'DEBUG' : environment.LOG_LEVEL, payloads: environment.DEBUG },
    upstream: {
      ...splitBaseUrl(environment.OPENAI_API_BASE_URL),
      apiKey: environment.OPENAI_API_KEY,
      connectMs: environment.CONNECT_TIMEOUT * 1000,
      firstByteMs: environment.REQUEST_TIMEOUT * 1000,
      idleMs: environment.STREAM_IDLE_TIMEOUT * 1000,
      maxRetries: environment.MAX_RETRIES,
    },
    models: readModelMapping(environment.MODEL_MAPPING_FILE),
  };
}

function splitList(list: string): string[] {
  return list
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

/** A bare host gets `/v1`; a path that is given is kept, since it is not `/v1` everywhere (dialects §1.1). */
function splitBaseUrl(given: string): Pick<UpstreamSettings, 'baseUrl' | 'query'> {
  const url = new URL(given);
  const path = url.pathname.replace(/\/+$/, '').replace(/\/chat\/completions$/, '');
  return { baseUrl: `${url.origin}${path === '' ? '/v1' : path}`, query: url.search };
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
