import type { Request } from 'express';
import type { Settings } from '#config';

/** Paths that need no API key: those of routes that declare it, and those of AUTH_EXEMPT. */
export class PublicPaths {
  private readonly exempt: ReadonlySet<string>;

  constructor({ exemptPaths }: Pick<Settings['access'], 'exemptPaths'>) {
    this.exempt = new Set(exemptPaths.map(withoutSlash));
  }

  needsNoKey({ path, routeInfo }: Pick<Request, 'path' | 'routeInfo'>): boolean {
    return !routeInfo.needsKey || this.exempt.has(withoutSlash(path));
  }
}

/** Routes match with and without a slash at the end. */
function withoutSlash(path: string): string {
  return path.endsWith('/') ? path.slice(0, -1) : path;
}
