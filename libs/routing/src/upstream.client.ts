import { Injectable } from '@nestjs/common';
import type { ResolvedModel, Target } from '#catalogue';
import type { Adaptation } from '#dialects';
import { applyRule, finishWithRule, learn, shapeRequest } from '#dialects';
import { ModelNotFoundError, UpstreamError } from '#errors';
import type { CallContext, Payload, UpstreamResponse } from '#upstream';
import { orderTargets } from './choose-targets.js';
import { LearnedManners } from './learned-manners.js';

/** Changes to one request before its refusal is passed on (dialects rule 29). */
const MOST_CHANGES = 3;

/** A call that a backend has taken. */
export interface Accepted {
  readonly response: UpstreamResponse;
  /** Stop sequences that it could not be told: the answer has to be cut at them here. */
  readonly watchedStops: readonly string[];
}

/** A backend that fails so may be followed by the next one, as long as nothing of an answer was seen. */
const PASSED_ON = new Set([404, 408, 429, 500, 502, 503, 504]);

/**
 * The shared way to the backends: picks where a call goes, puts it into that backend's manner, learns from refusals, and
 * goes on to the next backend of the model when one fails before its answer began.
 */
@Injectable()
export class UpstreamClient {
  constructor(private readonly manners: LearnedManners) {}

  /** Sends a request in neutral words. @throws UpstreamError, ClientClosedError */
  post(path: string, request: object, model: ResolvedModel, call: CallContext): Promise<Accepted> {
    return this.tryTargets(model, (target) => this.postTo(target, path, request, model, call));
  }

  /** Sends a body as it is; `payloadFor` puts the backend's id in. @throws UpstreamError, ClientClosedError */
  pass(
    path: string,
    payloadFor: (id: string) => Payload,
    model: ResolvedModel,
    call: CallContext,
  ): Promise<UpstreamResponse> {
    return this.tryTargets(model, (target) =>
      target.connection.post(path, payloadFor(target.model), target.model, call),
    );
  }

  /** A call without a body. @throws UpstreamError, ClientClosedError */
  fetch(method: 'get' | 'delete', path: string, model: ResolvedModel, call: CallContext): Promise<UpstreamResponse> {
    return this.tryTargets(model, ({ connection }) => connection.fetch(method, path, call));
  }

  private async tryTargets<T>({ targets }: ResolvedModel, attempt: (target: Target) => Promise<T>): Promise<T> {
    const ordered = orderTargets(targets, Math.random);
    const last = ordered.pop();
    if (!last) throw new ModelNotFoundError('no backend serves this model');
    for (const target of ordered) {
      try {
        return await attempt(target);
      } catch (failure) {
        if (!mayPassOn(failure)) throw failure;
      }
    }
    return attempt(last);
  }

  private async postTo(
    target: Target,
    path: string,
    request: object,
    { rule }: ResolvedModel,
    call: CallContext,
  ): Promise<Accepted> {
    const neutral = applyRule({ ...request, model: target.model }, rule);
    const learned: Adaptation[] = [];
    for (let changes = 0; ; changes += 1) {
      const manner = this.manners.of(target, learned);
      const { body, watchedStops } = shapeRequest(neutral, manner);
      try {
        const response = await target.connection.post(path, finishWithRule(body, rule), target.model, call);
        if (learned.length > 0) this.manners.keep(target, learned);
        return { response, watchedStops };
      } catch (failure) {
        const more = changes < MOST_CHANGES ? learnFrom(failure, body, manner) : [];
        if (more.length === 0) throw failure;
        learned.push(...more);
        this.manners.repeatedCalls += 1;
      }
    }
  }
}

function learnFrom(
  failure: unknown,
  sent: Parameters<typeof learn>[0],
  manner: Parameters<typeof learn>[2],
): Adaptation[] {
  if (!(failure instanceof UpstreamError) || failure.upstreamStatus === undefined) return [];
  return learn(sent, { status: failure.upstreamStatus, body: failure.body }, manner);
}

function mayPassOn(failure: unknown): boolean {
  return failure instanceof UpstreamError && PASSED_ON.has(failure.upstreamStatus ?? failure.status);
}
