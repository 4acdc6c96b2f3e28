import type { ExecutionContext } from '@nestjs/common';
import { createParamDecorator } from '@nestjs/common';
import type { Request } from 'express';
import type { ApiKey } from '#config';
import { BadRequestError, ModelNotFoundError, ProxyException } from '#errors';
import { topLevelKeys } from '#json-bytes';
import { canonicalName, parseGoJson } from '#translation';

/**
 * Which models a request may use, by the names that clients use. Names are compared in the one form that all ways to
 * write a model share, so that case, `:latest` and prefixes open nothing.
 */
export class ModelAccess {
  private readonly patterns: readonly RegExp[] | undefined;

  /** Without patterns everything is allowed. */
  constructor(patterns?: readonly string[]) {
    this.patterns = patterns?.map(toPattern);
  }

  get isRestricted(): boolean {
    return this.patterns !== undefined;
  }

  allows(name: string): boolean {
    // What some readers take for a way out of a path is in nobody's list.
    if (this.patterns && name.split('/').includes('..')) return false;
    const canonical = this.patterns && canonicalName(name);
    return canonical === undefined || this.patterns?.some((pattern) => pattern.test(canonical)) === true;
  }

  /** A model of others is told from one that does not exist by nothing. @throws ModelNotFoundError with the route's text */
  check(name: string, notFound: string): void {
    if (!this.allows(name)) throw new ModelNotFoundError(notFound);
  }

  /**
   * A body that is passed on as it is: every model that any reader may find in it has to be allowed, also one under a key
   * that is written in another way, and those that a backend may fall back to. Readers differ in which of two equal keys
   * counts, so that none may stand there twice.
   * @param name the model as it was found
   * @param text the whole body
   * @throws ModelNotFoundError, BadRequestError for what is no JSON and for a key that stands there twice
   */
  checkPassed(name: string, text: string): void {
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

  /** A body that is not read may name any model. @throws ProxyException */
  checkUnread(): void {
    if (this.isRestricted)
      throw new ProxyException('this key is for certain models, which this route does not tell', 403);
  }
}

/** Keys of known gateways: models, model_list, fallbacks, context_window_fallbacks and the like. */
const NAMES_MODELS = /model|fallback/;

/** As the most generous reader compares keys. */
function plain(key: string): string {
  return key.normalize('NFKC').toLowerCase();
}

/** All that is neither a list nor an object in a value. */
function leavesOf(value: unknown): unknown[] {
  if (typeof value !== 'object' || value === null) return [value];
  return Object.values(value).flatMap(leavesOf);
}

const EVERYTHING = new ModelAccess();

/** A key lives as long as its file is not read anew. */
const known = new WeakMap<ApiKey, ModelAccess>();

export function modelAccessOf({ apiKey }: Request): ModelAccess {
  if (apiKey?.models === undefined) return EVERYTHING;
  let access = known.get(apiKey);
  if (!access) {
    access = new ModelAccess(apiKey.models);
    known.set(apiKey, access);
  }
  return access;
}

/** The models that this request may use. */
export const Access = createParamDecorator((_data: unknown, context: ExecutionContext) =>
  modelAccessOf(context.switchToHttp().getRequest<Request>()),
);

/** `*` stands for anything. */
function toPattern(pattern: string): RegExp {
  const parts = canonicalName(pattern).split('*');
  return new RegExp(`^${parts.map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&')).join('.*')}$`, 's');
}
