import type { Request } from 'express';
import type { ApiKey } from '#config';
import { ModelNotFoundError, ProxyException } from '#errors';
import type { ModelEntry, ResolvedModel } from '#models';
import type { Steps } from '#primitives';
import { canonicalName, readGoJson } from '#translation';
import { namedModels } from './named-models.js';

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
    const { patterns } = this;
    if (!patterns) return true;
    // Some upstreams treat a `..` segment as path traversal, and some gateways read several models from one text.
    if (name.length > MAX_NAME_LENGTH || name.split('/').includes('..')) return false;
    return [name, ...name.split(SEPARATORS)].every((each) => {
      const canonical = canonicalName(each.trim());
      return patterns.some((pattern) => pattern.test(canonical));
    });
  }

  /** Whether a list may show it: a virtual model also needs access to its base. */
  allowsEntry({ name, virtual }: Pick<ModelEntry, 'name' | 'virtual'>): boolean {
    return this.allows(name) && (!virtual || this.allows(virtual.base));
  }

  /** A model this key may not use gets the same 404 as one that does not exist. @throws ModelNotFoundError with the route's text */
  check(name: string, notFound: string): void {
    if (!this.allows(name)) throw new ModelNotFoundError(notFound);
  }

  /**
   * Checks a JSON body that is forwarded unchanged: every model that an upstream may read from it has to be allowed,
   * fallbacks included.
   * @param name the value of the body's `model`
   * @param text the whole body
   * @throws ModelNotFoundError, or BadRequestError for invalid JSON and repeated keys
   */
  *checkBody(name: string, text: string): Steps<void> {
    if (!this.isRestricted) return;
    const notFound = `model '${name}' not found`;
    yield* readGoJson(text);
    const { names, hasOther } = yield* namedModels(text);
    if (hasOther || !names.has(name)) throw new ModelNotFoundError(notFound);
    for (const each of names) this.check(each, notFound);
  }

  /**
   * Default models and patterns of the mapping file choose a model that the client did not name, so the key has to allow
   * that one as well. A rule for one name is the operator's decision about that name; a virtual model is a client's, so its
   * base has to be allowed, too. @throws ModelNotFoundError
   */
  checkResolved(asked: string, { rule, targets, virtual }: ResolvedModel, notFound: string): void {
    if (virtual) this.check(virtual.base, notFound);
    const name = virtual?.base ?? asked;
    if (!this.isRestricted || (rule?.model !== undefined && !rule.name.includes('*'))) return;
    const requested = canonicalName(name);
    for (const { model, entry } of targets) {
      const names = [model, ...(entry ? [entry.name] : [])];
      if (names.some((each) => canonicalName(each) === requested || this.allows(each))) continue;
      throw new ModelNotFoundError(notFound);
    }
  }

  /** A body that is streamed through may name any model. @throws ProxyException */
  checkUnreadBody(): void {
    if (this.isRestricted)
      throw new ProxyException('this API key is restricted to certain models and cannot be used on this route', 403);
  }
}

/**
 * Characters of a name that patterns are applied to. Names of models are shorter; patterns with several `*` take polynomial
 * time.
 */
const MAX_NAME_LENGTH = 1024;

/** Between the models of one text. */
const SEPARATORS = /[,;|]/;

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
