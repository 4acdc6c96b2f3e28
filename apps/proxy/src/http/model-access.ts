import type { ExecutionContext } from '@nestjs/common';
import { createParamDecorator } from '@nestjs/common';
import type { Request } from 'express';
import type { ApiKey } from '#config';
import { ModelNotFoundError, ProxyException } from '#errors';
import { canonicalName } from '#translation';

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
    const canonical = this.patterns && canonicalName(name);
    return canonical === undefined || this.patterns?.some((pattern) => pattern.test(canonical)) === true;
  }

  /** A model of others is told from one that does not exist by nothing. @throws ModelNotFoundError with the route's text */
  check(name: string, notFound: string): void {
    if (!this.allows(name)) throw new ModelNotFoundError(notFound);
  }

  /**
   * A body that is passed on as it is: every model that any reader may find in it has to be allowed, also one that
   * stands under a key written in another way, and those that a backend may fall back to.
   * @param name the model as it was found
   * @param body the whole body, parsed
   */
  checkPassed(name: string, body: unknown): void {
    if (!this.isRestricted) return;
    const notFound = `model '${name}' not found`;
    const { model, models } = body as { model?: unknown; models?: unknown };
    const fallbacks = models === undefined ? [] : [models].flat();
    for (const each of [name, model, ...fallbacks]) {
      if (typeof each !== 'string') throw new ModelNotFoundError(notFound);
      this.check(each, notFound);
    }
  }

  /** A body that is not read may name any model. @throws ProxyException */
  checkUnread(): void {
    if (this.isRestricted)
      throw new ProxyException('this key is for certain models, which this route does not tell', 403);
  }
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
