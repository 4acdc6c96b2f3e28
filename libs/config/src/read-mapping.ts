import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createSecureContext } from 'node:tls';
import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import type Yaml from 'yaml';
import { isRecord, parseJson } from '#primitives';
import { ConfigurationError } from './configuration-error.js';
import { describeErrors } from './describe-errors.js';
import type { Environment } from './environment.js';
import { checkEnvironment } from './environment.js';
import type { Variables } from './given-variables.js';
import type { LimitsDto, ModelDto, TlsDto, UpstreamDto } from './mapping-file.dto.js';
import { MappingFileDto, UpstreamVariablesDto } from './mapping-file.dto.js';
import { isOwnAddress } from './listen-addresses.js';
import { isTextClose } from './text-distance.js';
import type { ModelMapping, ModelRule, TlsSettings, TokenPrice, UpstreamSettings } from './model-mapping.js';

/** Loaded on demand, so that a start without a mapping file does not wait for the package. */
const loadYaml = (): typeof Yaml => createRequire(import.meta.url)('yaml') as typeof Yaml;

/** Keys of the full form. A file without any of them is the short form `{"alias": "model"}`. */
const FULL_FORM_KEYS = ['upstreams', 'models', 'model_mappings', 'default_model'];

/** Those that no model is called, so that a similar name in the short form is a mistake. */
const LONG_KEYS = ['upstreams', 'model_mappings', 'default_model'];

/** Name of the upstream that OPENAI_API_BASE_URL describes. */
const DEFAULT_UPSTREAM = 'default';

/** @throws ConfigurationError with all mistakes */
export function readMapping(given: Variables): ModelMapping {
  const { environment, variables, mistakes } = checkEnvironment(given);
  const mapping = checkMapping(environment, variables, mistakes);
  if (mistakes.length > 0) throw new ConfigurationError(mistakes);
  return mapping;
}

/** Combines the variables and the mapping file, and adds their mistakes to `mistakes`. */
export function checkMapping(environment: Environment, variables: Variables, mistakes: string[]): ModelMapping {
  const invalid: string[] = [];
  const { UPSTREAMS, UPSTREAM_HEADERS, MODEL_PRICES } = readUpstreamVariables(environment, variables, invalid);
  const file = readMappingFile(environment.MODEL_MAPPING_FILE, variables, invalid);
  mistakes.push(...invalid);
  if (invalid.length > 0) return { upstreams: [], rules: [], defaultModel: undefined };
  const upstreams = [
    ...(environment.OPENAI_API_BASE_URL ? [defaultUpstream(environment, UPSTREAM_HEADERS ?? {})] : []),
    ...[...(UPSTREAMS ?? []), ...(file.upstreams ?? [])].map((dto) => toUpstream(dto, environment, mistakes)),
  ].map((upstream) => ({ ...upstream, prices: upstream.prices ?? toPrices(MODEL_PRICES) }));
  for (const { fieldNames } of upstreams.filter(({ baseUrl }) => isOwnAddress(baseUrl, environment))) {
    mistakes.push(`${fieldNames.baseUrl} is the address of this proxy itself (HOST and PROXY_PORT)`);
  }
  const names = upstreams.map(({ name }) => name);
  for (const name of names.filter((each, index) => names.indexOf(each) !== index)) {
    mistakes.push(`upstreams: the name "${name}" is used twice`);
  }
  const rules = [...flatRules(file.model_mappings ?? {}), ...(file.models ?? []).map(toRule)];
  for (const { name, upstreams: used = [] } of rules) {
    const unknown = used.filter((each) => !names.includes(each));
    mistakes.push(...unknown.map((each) => `models: ${name}: no upstream is named "${each}"`));
  }
  if (upstreams.length === 0 && mistakes.length === 0)
    mistakes.push('OPENAI_API_BASE_URL is required, or upstreams in UPSTREAMS or MODEL_MAPPING_FILE');
  return { upstreams, rules, defaultModel: file.default_model };
}

function readMappingFile(path: string | undefined, variables: Variables, mistakes: string[]): MappingFileDto {
  if (path === undefined) return {};
  if (/^[{[]|\n/.test(path)) {
    mistakes.push('MODEL_MAPPING_FILE must be the path of a file, not its content');
    return {};
  }
  let content: unknown;
  try {
    content = loadYaml().parse(readFileSync(path, 'utf8'));
  } catch (error) {
    mistakes.push(`MODEL_MAPPING_FILE: ${path}${describeFileError(error)}`);
    return {};
  }
  if (!isRecord(content)) {
    mistakes.push('MODEL_MAPPING_FILE must contain an object');
    return {};
  }
  for (const key of Object.keys(content).filter((each) => !FULL_FORM_KEYS.includes(each))) {
    const meant = LONG_KEYS.find((each) => isTextClose(key, each));
    if (meant !== undefined) mistakes.push(`MODEL_MAPPING_FILE.${key}: did you mean ${meant}?`);
  }
  const full = FULL_FORM_KEYS.some((key) => key in content) ? content : { model_mappings: content };
  return check(
    MappingFileDto,
    substitute(full, variables, 'MODEL_MAPPING_FILE', mistakes),
    'MODEL_MAPPING_FILE',
    mistakes,
  );
}

/** The parser's message is left out, since it can quote the file, which may contain keys. */
function describeFileError(error: unknown): string {
  if (error instanceof loadYaml().YAMLParseError) {
    const [position] = error.linePos ?? [];
    const place = position && `, line ${position.line}, column ${position.col}`;
    return `${place ?? ''} is neither JSON nor YAML`;
  }
  return ` cannot be read (${String((error as NodeJS.ErrnoException).code)})`;
}

function readUpstreamVariables(
  environment: Environment,
  variables: Variables,
  mistakes: string[],
): UpstreamVariablesDto {
  const parsed: Record<string, unknown> = {};
  for (const name of ['UPSTREAMS', 'UPSTREAM_HEADERS', 'MODEL_PRICES'] as const) {
    if (environment[name] === undefined) continue;
    const value = parseJson(environment[name]);
    if (value === undefined) mistakes.push(`${name} must be JSON`);
    else parsed[name] = name === 'UPSTREAMS' ? substitute(value, variables, name, mistakes) : value;
  }
  return check(UpstreamVariablesDto, parsed, '', mistakes);
}

function check<T extends object>(type: new () => T, content: unknown, path: string, mistakes: string[]): T {
  const dto = plainToInstance(type, content);
  mistakes.push(...describeErrors(validateSync(dto, { whitelist: true, forbidNonWhitelisted: true }), path));
  return dto;
}

/** Replaces `${NAME}` in every text by the value of the variable, so that files need not contain keys. */
function substitute(value: unknown, variables: Variables, path: string, mistakes: string[]): unknown {
  if (typeof value === 'string') {
    return value.replace(/\$\{(\w+)\}/g, (whole, name: string) => {
      const found = variables[name];
      if (found === undefined) mistakes.push(`${path}: the variable ${name} is not set`);
      return found ?? whole;
    });
  }
  if (Array.isArray(value))
    return value.map((item, index) => substitute(item, variables, `${path}[${index}]`, mistakes));
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, substitute(inner, variables, `${path}.${key}`, mistakes)]),
  );
}

function defaultUpstream(environment: Environment, headers: Readonly<Record<string, string>>): UpstreamSettings {
  const keyHeader = environment.OPENAI_API_KEY_HEADER;
  return {
    name: DEFAULT_UPSTREAM,
    fieldNames: { baseUrl: 'OPENAI_API_BASE_URL', key: 'OPENAI_API_KEY' },
    ...splitBaseUrl(environment.OPENAI_API_BASE_URL ?? ''),
    ...httpProxy(environment.OPENAI_API_BASE_URL ?? '', environment),
    headers: {
      ...lowerKeys(headers),
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
    apis: undefined,
    prices: undefined,
    tls: { verify: !environment.DISABLE_SSL_VERIFICATION },
    ...timeouts(environment),
    ...concurrency(environment),
  };
}

function toUpstream(dto: UpstreamDto, environment: Environment, mistakes: string[]): UpstreamSettings {
  return {
    name: dto.name,
    fieldNames: { baseUrl: `base_url of "${dto.name}"`, key: `api_key of "${dto.name}"` },
    ...splitBaseUrl(dto.base_url),
    ...httpProxy(dto.base_url, environment),
    headers: { ...lowerKeys(dto.headers ?? {}), ...keyHeaders(dto.api_key, dto.api_key_header ?? 'authorization') },
    auth: dto.auth ?? environment.UPSTREAM_AUTH,
    keyHeader: dto.api_key_header ?? 'authorization',
    dialect: dto.dialect,
    priority: dto.priority ?? 0,
    weight: dto.weight ?? 1,
    models: dto.models,
    apis: dto.apis,
    prices: toPrices(dto.prices),
    tls: readTls(dto.tls, dto.name, environment, mistakes),
    ...timeouts(environment),
    ...concurrency(environment, dto.limits),
  };
}

/** Answers of embeddings have no output; tokens from a cache cost as much as others unless the price says otherwise. */
function toPrices(given: Readonly<Record<string, Partial<TokenPrice>>> | undefined): UpstreamSettings['prices'] {
  if (!given) return undefined;
  return Object.fromEntries(
    Object.entries(given).map(([model, { input = 0, output = 0, cached = input }]) => [
      model,
      { input, output, cached },
    ]),
  );
}

function readTls(dto: TlsDto | undefined, name: string, environment: Environment, mistakes: string[]): TlsSettings {
  const read = (path: string | undefined): string | undefined => {
    if (path === undefined) return undefined;
    try {
      return readFileSync(path, 'utf8');
    } catch (error) {
      mistakes.push(
        `upstreams: ${name}: a file in "tls" cannot be read (${String((error as NodeJS.ErrnoException).code)})`,
      );
      return undefined;
    }
  };
  const [ca, cert, key] = [dto?.ca_file, dto?.cert_file, dto?.key_file].map(read);
  if (!isCertificate(ca) || !isKeyPair(cert, key))
    mistakes.push(`upstreams: ${name}: "tls" must name PEM files, and a certificate together with its key`);
  return {
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    verify: dto?.verify ?? !environment.DISABLE_SSL_VERIFICATION,
  };
}

function isCertificate(pem: string | undefined): boolean {
  return pem === undefined || succeeds(() => new X509Certificate(pem));
}

function isKeyPair(cert: string | undefined, key: string | undefined): boolean {
  if (cert === undefined && key === undefined) return true;
  return cert !== undefined && key !== undefined && succeeds(() => createSecureContext({ cert, key }));
}

function succeeds(run: () => unknown): boolean {
  try {
    run();
    return true;
  } catch {
    return false;
  }
}

function httpProxy(baseUrl: string, environment: Environment): Pick<UpstreamSettings, 'httpProxy'> {
  const url = baseUrl.toLowerCase().startsWith('https:') ? environment.HTTPS_PROXY : environment.HTTP_PROXY;
  return url === undefined ? {} : { httpProxy: { url, except: environment.NO_PROXY } };
}

function timeouts(
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

function concurrency(
  environment: Environment,
  limits: LimitsDto = {},
): Pick<UpstreamSettings, 'limits' | 'breakerEnabled'> {
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

/** Adds `/v1` to a URL without a path; any other path is kept, since not every upstream uses `/v1` (protocol D49). */
function splitBaseUrl(given: string): Pick<UpstreamSettings, 'baseUrl' | 'query'> {
  const url = new URL(given);
  const path = url.pathname
    .replaceAll('%7Bmodel%7D', '{model}')
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
    ...(dto.thinking && { thinking: dto.thinking }),
    apis: dto.apis,
  };
}
