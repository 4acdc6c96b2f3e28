import { RequestMethod } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { MetadataScanner } from '@nestjs/core';
import type { AgentApi } from '#dialects';
import type { ErrorFormat, ErrorFormatName } from '../errors/error-format.js';
import { ERROR_FORMATS } from '../errors/error-format.js';
import type { Api, GenAiOperation, RouteDeclaration } from './route.decorator.js';
import { Route } from './route.decorator.js';

type Controller = abstract new (...parameters: never[]) => object;

/** A route of a controller. */
export interface DeclaredRoute {
  readonly method: string;
  /** As Express writes it: `/v1/models/*id`. */
  readonly path: string;
  readonly declaration: RouteDeclaration;
  readonly controller: Controller;
  /** Name of the handler. */
  readonly handler: string;
}

/** What is known of a request from its method and path alone. */
export interface RouteInfo {
  /** The path of its route; absent where there is none. */
  readonly path?: string;
  /** False for an unknown path and for a method that the path does not have. */
  readonly isRouted: boolean;
  /** Methods of the path, for the `Allow` header; empty for an unknown path. */
  readonly allow: string;
  readonly api: Api;
  readonly operation: string;
  readonly errors: ErrorFormat;
  readonly needsKey: boolean;
  readonly isLimited: boolean;
  readonly isOperational: boolean;
  readonly readsBody: boolean;
  readonly hasImages: boolean;
  readonly genAi?: GenAiOperation;
  readonly agentApi?: AgentApi;
}

/** Label `operation` of everything that declares none. */
const OTHER = 'other';

const BODYLESS: ReadonlySet<string> = new Set(['GET', 'HEAD']);

/** The methods of one path. */
interface Path {
  readonly byMethod: ReadonlyMap<string, RouteInfo>;
  /** For methods that the path does not have. */
  readonly otherwise: RouteInfo;
}

/** A path whose last segment is a parameter (`/api/blobs/:digest`) or whose rest is open (`/v1/*path`). */
interface OpenPath extends Path {
  readonly prefix: string;
  readonly hasManySegments: boolean;
}

/**
 * All routes of the application, collected once at start. Express routes the requests; this table holds what else has
 * to be known of them, at one look-up for each request.
 */
export class RouteTable {
  private readonly exact = new Map<string, Path>();
  /** The longest prefix first. */
  private readonly open: readonly OpenPath[];

  constructor(readonly routes: readonly DeclaredRoute[]) {
    const paths = new Map<string, DeclaredRoute[]>();
    for (const route of routes) paths.set(route.path, [...(paths.get(route.path) ?? []), route]);
    const open: OpenPath[] = [];
    const byLength = [...paths].toSorted(([left], [right]) => right.length - left.length);
    for (const [path, ofPath] of byLength) {
      const prefix = openPrefixOf(path);
      if (prefix === undefined) continue;
      open.push({ prefix, hasManySegments: path.includes('*'), ...toPath(ofPath) });
    }
    this.open = open;
    for (const [path, ofPath] of paths) {
      if (openPrefixOf(path) !== undefined) continue;
      // Express tries open paths for the methods that an exact one lacks.
      const entry = toPath(ofPath, this.openPathOf(path));
      this.exact.set(path, entry);
      // A slash at the end makes no difference.
      if (path !== '/') this.exact.set(`${path}/`, entry);
    }
    for (const { path, declaration } of routes) {
      if (declaration.errors !== undefined) this.shareErrorFormat(open, path, ERROR_FORMATS[declaration.errors]);
    }
    open.sort((left, right) => right.prefix.length - left.prefix.length);
  }

  /** For requests without a path. */
  readonly none = unknownPath('');

  /** @param path without a query, repeated slashes collapsed */
  find(method: string, path: string): RouteInfo {
    const found = this.exact.get(path) ?? this.openPathOf(path);
    if (!found) return unknownPath(path);
    return found.byMethod.get(method) ?? found.otherwise;
  }

  /** Method and path of each route that a client may call, sorted; without those whose path varies. */
  endpoints(): string[] {
    const listed = this.routes.filter(
      ({ method, path, declaration }) =>
        method !== 'HEAD' && declaration.operation !== undefined && openPrefixOf(path) === undefined,
    );
    const endpoints = new Set(listed.map(({ method, path }) => `${method} ${path}`));
    return [...endpoints].toSorted((left, right) =>
      (left.split(' ', 2)[1] ?? '').localeCompare(right.split(' ', 2)[1] ?? ''),
    );
  }

  /** What the page at `/` links to. */
  links(): { path: string; text: string }[] {
    return this.routes.flatMap(({ path, declaration: { link } }) => (link === undefined ? [] : [{ path, text: link }]));
  }

  private openPathOf(path: string): OpenPath | undefined {
    return this.open.find(({ prefix, hasManySegments }) => {
      if (!path.startsWith(prefix) || path.length === prefix.length) return false;
      const slash = path.indexOf('/', prefix.length);
      return hasManySegments || slash < 0 || (slash === path.length - 1 && slash > prefix.length);
    });
  }

  private shareErrorFormat(open: OpenPath[], path: string, errors: ErrorFormat): void {
    const below = this.openPathOf(`${path}/x`);
    if (!below) return;
    const byMethod = new Map([...below.byMethod].map(([method, info]) => [method, { ...info, errors }]));
    open.push({ ...below, prefix: `${path}/`, byMethod, otherwise: { ...below.otherwise, errors } });
  }
}

/** The prefix of a path that ends in a parameter or a wildcard. */
function openPrefixOf(path: string): string | undefined {
  const at = path.search(/[:*]/);
  if (at >= 0 && path.includes('/', at)) throw new Error(`${path}: only the last segment of a path may vary`);
  return at < 0 ? undefined : path.slice(0, at);
}

function toPath(routes: readonly DeclaredRoute[], fallback?: Path): Path {
  const byMethod = new Map<string, RouteInfo>();
  const allow = allowedMethods(routes).join(', ');
  for (const route of routes) {
    const info = toInfo(route, allow);
    if (!byMethod.has(route.method)) byMethod.set(route.method, info);
  }
  const get = routes.find(({ method }) => method === 'GET');
  if (get && answersHead(get) && !byMethod.has('HEAD')) byMethod.set('HEAD', toInfo(get, allow));
  const [first] = byMethod.values();
  for (const [method, info] of fallback?.byMethod ?? [])
    if (!byMethod.has(method)) byMethod.set(method, { ...info, allow, errors: first?.errors ?? info.errors });
  const otherwise = { ...(first ?? unknownPath('')), isRouted: false, operation: OTHER, readsBody: false, allow };
  const { genAi: _genAi, path: _path, ...rest } = otherwise;
  return { byMethod, otherwise: rest };
}

/** A route for any path does not define the methods of one path. */
function allowedMethods(routes: readonly DeclaredRoute[]): string[] {
  if (routes.some(({ path }) => path.endsWith('/*path'))) return [];
  const methods = routes.flatMap((route) => (answersHead(route) ? [route.method, 'HEAD'] : [route.method]));
  return [...new Set(methods)].toSorted();
}

function answersHead({ method, path, declaration }: DeclaredRoute): boolean {
  return method === 'GET' && (declaration.answersHead ?? apiOf(path) !== 'ollama');
}

function toInfo({ method, path, declaration }: DeclaredRoute, allow: string): RouteInfo {
  const { api, operation = OTHER, errors, access = 'key', isLimited, body = 'text', genAi } = declaration;
  const isOperational = access === 'operational';
  return {
    path,
    isRouted: true,
    allow,
    api: api ?? apiOf(path),
    operation,
    errors: ERROR_FORMATS[errors ?? errorFormatOf(path)],
    needsKey: access === 'key',
    isLimited: isLimited ?? !isOperational,
    isOperational,
    readsBody: body === 'text' && !BODYLESS.has(method),
    hasImages: declaration.hasImages === true,
    ...(genAi && { genAi }),
    ...(declaration.agentApi && { agentApi: declaration.agentApi }),
  };
}

const UNKNOWN: Omit<RouteInfo, 'api' | 'errors'> = {
  isRouted: false,
  allow: '',
  operation: OTHER,
  needsKey: true,
  isLimited: true,
  isOperational: false,
  readsBody: false,
  hasImages: false,
};
const UNKNOWN_PATHS: Readonly<Record<Api, RouteInfo>> = {
  ollama: { ...UNKNOWN, api: 'ollama', errors: ERROR_FORMATS.ollama },
  openai: { ...UNKNOWN, api: 'openai', errors: ERROR_FORMATS.openai },
  service: { ...UNKNOWN, api: 'service', errors: ERROR_FORMATS.ollama },
};

function unknownPath(path: string): RouteInfo {
  return UNKNOWN_PATHS[apiOf(path)];
}

function apiOf(path: string): Api {
  if (path.startsWith('/api/')) return 'ollama';
  return path.startsWith('/v1/') ? 'openai' : 'service';
}

function errorFormatOf(path: string): ErrorFormatName {
  return path.startsWith('/v1/') ? 'openai' : 'ollama';
}

/**
 * The routes of controllers, in the order in which Express tries them. A handler without `@Route` shares the declaration of
 * another one of its method and path, and is not documented.
 * @throws Error for a handler without any declaration
 */
export function collectRoutes(controllers: Iterable<Controller>): DeclaredRoute[] {
  const handlers = [...controllers].flatMap(handlersOf);
  const declared = new Map(
    handlers.flatMap(({ method, path, declaration }) => (declaration ? [[`${method} ${path}`, declaration]] : [])),
  );
  return handlers.map((handler) => {
    if (handler.declaration) return { ...handler, declaration: handler.declaration };
    const { docs: _docs, ...declaration } = declared.get(`${handler.method} ${handler.path}`) ?? missing(handler);
    return { ...handler, declaration };
  });
}

type Handler = Omit<DeclaredRoute, 'declaration'> & { readonly declaration: RouteDeclaration | undefined };

const scanner = new MetadataScanner();

function handlersOf(controller: Controller): Handler[] {
  const prototype = controller.prototype as Record<string, object>;
  return scanner.getAllMethodNames(prototype).flatMap((handler) => {
    const callback = prototype[handler] ?? {};
    const paths = Reflect.getMetadata(PATH_METADATA, callback) as string | string[] | undefined;
    if (paths === undefined) return [];
    const method = RequestMethod[Reflect.getMetadata(METHOD_METADATA, callback) as RequestMethod];
    const declaration = Reflect.getMetadata(Route.KEY, callback) as RouteDeclaration | undefined;
    const prefixes = Reflect.getMetadata(PATH_METADATA, controller) as string | string[];
    return join(prefixes, paths).map((path) => ({ method, path, declaration, controller, handler }));
  });
}

function missing({ method, path }: Handler): never {
  throw new Error(`${method} ${path} has no @Route`);
}

function join(prefixes: string | string[], paths: string | string[]): string[] {
  return [prefixes].flat().flatMap((prefix) =>
    [paths].flat().map(
      (path) =>
        `/${[prefix, path]
          .map((part) => part.replace(/^\/|\/$/g, ''))
          .filter(Boolean)
          .join('/')}`,
    ),
  );
}
