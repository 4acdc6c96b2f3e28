import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { plainToInstance } from 'class-transformer';
import type { ValidationError } from 'class-validator';
import { validateSync } from 'class-validator';
import type Yaml from 'yaml';
import { isRecord } from '#primitives';
import type { Environment, Variables } from './environment.js';
import { ConfigurationError, readEnvironment } from './environment.js';
import { mistakeIn } from './mistake-in.js';
import type { ModelRule, RoutingTable, TlsSettings, UpstreamSettings } from './routing.js';
import type { LimitsDto, ModelDto, TlsDto } from './routing-file.dto.js';
import { RoutingFileDto, UpstreamDto } from './routing-file.dto.js';

/** A package for those who have a mapping file: nobody else's start waits for it. */
const loadYaml = (): typeof Yaml => createRequire(import.meta.url)('yaml') as typeof Yaml;

/** Keys of the full form; a file without any of them is the flat `{"alias": "model"}`. */
const FULL_FORM = ['upstreams', 'models', 'model_mappings', 'default_model'];

/** The upstream that the plain variables describe. */
const DEFAULT_UPSTREAM = 'default';

/**
 * Upstreams and rules from the variables and the mapping file together.
 * @throws ConfigurationError naming each mistake by its path
 */
export function toRouting(environment: Environment, source: Variables): RoutingTable {
  const file = readMappingFile(environment.MODEL_MAPPING_FILE, source);
  const listed = readUpstreamsVariable(environment.UPSTREAMS, source);
  const mistakes: string[] = [];
  const upstreams = [
    ...(environment.OPENAI_API_BASE_URL ? [defaultUpstream(environment)] : []),
    ...[...listed, ...(file.upstreams ?? [])].map((dto) => toUpstream(dto, environment, mistakes)),
  ];
  const names = upstreams.map(({ name }) => name);
  for (const name of names.filter((each, index) => names.indexOf(each) !== index)) {
    mistakes.push(`upstreams: the name "${name}" is used twice`);
  }
  const rules = [...flatRules(file.model_mappings ?? {}), ...(file.models ?? []).map(toRule)];
  for (const { name, upstreams: used } of rules) {
    for (const each of used ?? [])
      if (!names.includes(each)) mistakes.push(`models: ${name}: no upstream is named "${each}"`);
  }
  if (upstreams.length === 0)
    mistakes.push('OPENAI_API_BASE_URL is required, or upstreams in UPSTREAMS or MODEL_MAPPING_FILE');
  if (mistakes.length > 0) throw new ConfigurationError(mistakes);
  return { upstreams, rules, defaultModel: file.default_model };
}

/** @throws ConfigurationError naming every mistake */
export function readRouting(variables: Variables): RoutingTable {
  return toRouting(readEnvironment(variables), variables);
}

function readMappingFile(path: string | undefined, source: Variables): RoutingFileDto {
  if (path === undefined) return {};
  let content: unknown;
  try {
    content = loadYaml().parse(readFileSync(path, 'utf8'));
  } catch (error) {
    const isUnreadable =
      (error as NodeJS.ErrnoException).code !== undefined && (error as Error).name !== 'YAMLParseError';
    throw new ConfigurationError([
      `MODEL_MAPPING_FILE ${isUnreadable ? 'cannot be read' : 'is neither JSON nor YAML'}`,
    ]);
  }
  if (!isRecord(content)) throw new ConfigurationError(['MODEL_MAPPING_FILE must hold an object']);
  const full = FULL_FORM.some((key) => key in content) ? content : { model_mappings: content };
  const mistakes: string[] = [];
  const filled = fill(full, source, 'MODEL_MAPPING_FILE', mistakes);
  const dto = plainToInstance(RoutingFileDto, filled);
  mistakes.push(...describe(validateSync(dto, { whitelist: true, forbidNonWhitelisted: true }), 'MODEL_MAPPING_FILE'));
  for (const [alias, model] of Object.entries(dto.model_mappings ?? {})) {
    if (typeof model !== 'string' || model === '')
      mistakes.push(`MODEL_MAPPING_FILE.model_mappings.${alias} must be the name of a model`);
  }
  if (mistakes.length > 0) throw new ConfigurationError(mistakes);
  return dto;
}

function readUpstreamsVariable(text: string | undefined, source: Variables): UpstreamDto[] {
  if (text === undefined) return [];
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    throw new ConfigurationError(['UPSTREAMS is not JSON']);
  }
  if (!Array.isArray(content)) throw new ConfigurationError(['UPSTREAMS must be a JSON array']);
  const mistakes: string[] = [];
  const dtos = content.map((entry, index) => {
    const path = `UPSTREAMS[${index}]`;
    const dto = plainToInstance(UpstreamDto, fill(entry, source, path, mistakes));
    if (!isRecord(entry)) mistakes.push(`${path} must be an object`);
    else mistakes.push(...describe(validateSync(dto, { whitelist: true, forbidNonWhitelisted: true }), path));
    return dto;
  });
  if (mistakes.length > 0) throw new ConfigurationError(mistakes);
  return dtos;
}

/** `${NAME}` in any text becomes the variable's value, so that keys stay out of files. */
function fill(value: unknown, source: Variables, path: string, mistakes: string[]): unknown {
  if (typeof value === 'string') {
    return value.replace(/\$\{(\w+)\}/g, (whole, name: string) => {
      const found = source[name];
      if (found === undefined) mistakes.push(`${path}: the variable ${name} is not set`);
      return found ?? whole;
    });
  }
  if (Array.isArray(value)) return value.map((item, index) => fill(item, source, `${path}[${index}]`, mistakes));
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, fill(inner, source, `${path}.${key}`, mistakes)]),
  );
}

function describe(errors: readonly ValidationError[], path: string): string[] {
  return errors.flatMap(({ property, constraints, children }) => {
    const where = /^\d+$/.test(property) ? `${path}[${property}]` : `${path}.${property}`;
    const mistake = mistakeIn(constraints);
    return [...(mistake === undefined ? [] : [`${where}: ${mistake}`]), ...describe(children ?? [], where)];
  });
}

function defaultUpstream(environment: Environment): UpstreamSettings {
  const keyHeader = environment.OPENAI_API_KEY_HEADER;
  return {
    name: DEFAULT_UPSTREAM,
    ...splitBaseUrl(environment.OPENAI_API_BASE_URL ?? ''),
    headers: {
      ...readHeadersVariable(environment.UPSTREAM_HEADERS),
      ...(environment.OPENAI_ORGANIZATION && { 'openai-organization': environment.OPENAI_ORGANIZATION }),
      ...(environment.OPENAI_PROJECT && { 'openai-project': environment.OPENAI_PROJECT }),
      ...keyHeaders(environment.OPENAI_API_KEY, keyHeader),
    },
    auth: environment.UPSTREAM_AUTH,
    keyHeader,
    dialect: environment.UPSTREAM_DIALECT,
    priority: 0,
    weight: 1,
    models: undefined,
    tls: { verify: !environment.DISABLE_SSL_VERIFICATION },
    ...clocks(environment),
    ...load(environment),
  };
}

function readHeadersVariable(text: string | undefined): Record<string, string> {
  if (text === undefined) return {};
  try {
    const headers: unknown = JSON.parse(text);
    if (isRecord(headers) && Object.values(headers).every((value) => typeof value === 'string'))
      return lowerKeys(headers as Record<string, string>);
  } catch {
    // Told below, like everything else that is not an object of texts.
  }
  throw new ConfigurationError(['UPSTREAM_HEADERS must be a JSON object of texts']);
}

function toUpstream(dto: UpstreamDto, environment: Environment, mistakes: string[]): UpstreamSettings {
  return {
    name: dto.name,
    ...splitBaseUrl(dto.base_url),
    headers: { ...lowerKeys(dto.headers ?? {}), ...keyHeaders(dto.api_key, dto.api_key_header ?? 'authorization') },
    auth: dto.auth ?? environment.UPSTREAM_AUTH,
    keyHeader: dto.api_key_header ?? 'authorization',
    dialect: dto.dialect,
    priority: dto.priority ?? 0,
    weight: dto.weight ?? 1,
    models: dto.models,
    tls: readTls(dto.tls, dto.name, environment, mistakes),
    ...clocks(environment),
    ...load(environment, dto.limits),
  };
}

function readTls(dto: TlsDto | undefined, name: string, environment: Environment, mistakes: string[]): TlsSettings {
  const read = (path: string | undefined): string | undefined => {
    if (path === undefined) return undefined;
    try {
      return readFileSync(path, 'utf8');
    } catch {
      mistakes.push(`upstreams: ${name}: a file of "tls" cannot be read`);
      return undefined;
    }
  };
  const [ca, cert, key] = [dto?.ca_file, dto?.cert_file, dto?.key_file].map(read);
  return {
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    verify: dto?.verify ?? !environment.DISABLE_SSL_VERIFICATION,
  };
}

function clocks(
  environment: Environment,
): Pick<UpstreamSettings, 'connectMs' | 'firstByteMs' | 'idleMs' | 'totalMs' | 'maxRetries'> {
  return {
    connectMs: environment.CONNECT_TIMEOUT * 1000,
    firstByteMs: environment.REQUEST_TIMEOUT * 1000,
    idleMs: environment.STREAM_IDLE_TIMEOUT * 1000,
    totalMs: environment.TOTAL_TIMEOUT * 1000,
    maxRetries: environment.MAX_RETRIES,
  };
}

function load(environment: Environment, limits: LimitsDto = {}): Pick<UpstreamSettings, 'limits' | 'breakerEnabled'> {
  return {
    limits: {
      concurrency: limits.concurrency ?? environment.MAX_CONCURRENT_REQUESTS,
      queue: limits.queue ?? environment.MAX_QUEUED_REQUESTS,
      queueMs: (limits.queue_timeout ?? environment.QUEUE_TIMEOUT) * 1000,
    },
    breakerEnabled: environment.CIRCUIT_BREAKER_ENABLED,
  };
}

function keyHeaders(key: string | undefined, header: string): Record<string, string> {
  if (!key) return {};
  return { [header]: header === 'authorization' ? `Bearer ${key}` : key };
}

function lowerKeys(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

/** A bare host gets `/v1`; a path that is given is kept, since it is not `/v1` everywhere (dialects §1.1). */
function splitBaseUrl(given: string): Pick<UpstreamSettings, 'baseUrl' | 'query'> {
  const url = new URL(given);
  const path = decodeURI(url.pathname)
    .replace(/\/+$/, '')
    .replace(/\/chat\/completions$/, '');
  return { baseUrl: `${url.origin}${path === '' ? '/v1' : path}`, query: url.search };
}

function flatRules(mappings: Readonly<Record<string, string>>): ModelRule[] {
  return Object.entries(mappings).map(([name, model]) => toRule({ name, model }));
}

function toRule(dto: ModelDto): ModelRule {
  return {
    name: dto.name,
    model: dto.model,
    upstreams: dto.upstreams ?? (dto.upstream === undefined ? undefined : [dto.upstream]),
    defaults: dto.defaults ?? {},
    clamps: dto.clamps ?? {},
    system: dto.system,
    drop: dto.drop ?? [],
    extraBody: dto.extra_body ?? {},
    capabilities: dto.capabilities,
    contextLength: dto.context_length,
  };
}
