import type { Request } from 'express';
import type { ApiKey } from '#config';
import { BadRequestError, ModelNotFoundError, ProxyException } from '#errors';
import { topLevelKeys } from '#json-bytes';
import { canonicalName, parseGoJson } from '#translation';

/**
 * The models that a request may use, by the names that clients use. Names are compared in canonical form, so another case,
 * `:latest` or a prefix gives no access.
 */
export class ModelAccess {
  private readonly patterns: readonly RegExp[] | undefined;

  /** Without patterns every model is allowed. */
  constructor(patterns?: readonly string[]) {
    this.patterns = patterns?.map(toPattern);
  }

  get isRestricted(): boolean {
    return this.patterns !== undefined;
  }

  allows(name: string): boolean {
    // Names with a `..` segment never match: some upstreams treat them as path traversal.
    if (this.patterns && name.split('/').includes('..')) return false;
    const canonical = this.patterns && canonicalName(name);
    return canonical === undefined || this.patterns?.some((pattern) => pattern.test(canonical)) === true;
  }

  /** A model this key may not use gets the same 404 as one that does not exist. @throws ModelNotFoundError with the route's text */
  check(name: string, notFound: string): void {
    if (!this.allows(name)) throw new ModelNotFoundError(notFound);
  }

  /**
   * Checks a JSON body that is forwarded unchanged: every model that an upstream may read from it has to be allowed, under
   * any spelling of the key, fallbacks included. Parsers differ in which of two equal keys counts, so a repeated key is
   * refused.
   * @param name the value of the body's `model`
   * @param text the whole body
   * @throws ModelNotFoundError, or BadRequestError for invalid JSON and repeated keys
   */
  checkBody(name: string, text: string): void {
    if (!this.isRestricted) return;
    const notFound = `model '${name}' not found`;
    const body = Object.entries(parseGoJson(text) as object).filter(([key]) => NAMES_MODELS.test(plain(key)));
    for (const each of [name, ...body.flatMap(([, value]) => leavesOf(value))]) {
      if (typeof each !== 'string') throw new ModelNotFoundError(notFound);
      this.check(each, notFound);
    }
    const keys = topLevelKeys(text)
      .map(plain)
      .filter((key) => NAMES_MODELS.test(key));
    if (!keys.includes('model')) throw new ModelNotFoundError(notFound);
    if (new Set(keys).size < keys.length) throw new BadRequestError('a model is named twice');
  }

  /** A body that is streamed through may name any model. @throws ProxyException */
  checkUnreadBody(): void {
    if (this.isRestricted)
      throw new ProxyException('this API key is restricted to certain models and cannot be used on this route', 403);
  }
}

/** Keys that known gateways read: models, model_list, fallbacks, context_window_fallbacks. */
const NAMES_MODELS = /model|fallback/;

/** The form in which the most lenient parser compares keys. */
function plain(key: string): string {
  return key.normalize('NFKC').toLowerCase();
}

/** The values inside a value that are neither arrays nor objects. */
function leavesOf(value: unknown): unknown[] {
  if (typeof value !== 'object' || value === null) return [value];
  return Object.values(value).flatMap(leavesOf);
}

const UNRESTRICTED = new ModelAccess();

/** Reloading the key file creates new keys, so entries cannot go stale. */
const byKey = new WeakMap<ApiKey, ModelAccess>();

export function modelAccessOf({ apiKey }: Request): ModelAccess {
  if (apiKey?.models === undefined) return UNRESTRICTED;
  let access = byKey.get(apiKey);
  if (!access) {
    access = new ModelAccess(apiKey.models);
    byKey.set(apiKey, access);
  }
  return access;
}

/** `*` matches any characters, none included. */
function toPattern(pattern: string): RegExp {
  const parts = canonicalName(pattern).split('*');
  return new RegExp(`^${parts.map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&')).join('.*')}$`, 's');
}
