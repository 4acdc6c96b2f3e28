import { Injectable } from '@nestjs/common';
import type { ResolvedModel, Target } from '#models';
import type { Adaptation } from '#dialects';
import { applyRule, applyRuleOverrides, adaptationsFor, shapeRequest } from '#dialects';
import { ModelNotFoundError, UpstreamError } from '#errors';
import type { UpstreamRequestContext, Payload, UpstreamResponse } from '#connections';
import { orderTargets } from './order-targets.js';
import { UpstreamProfiles } from './upstream-profiles.js';
import { pause } from './pause.js';
import { mayFailOver, moreInformative, retryDelay } from './retry-policy.js';

/** Changes to one request before its refusal is passed on (dialects rule 29). */
const MAX_ADAPTED_RETRIES = 3;

/** Stands for models that no list has: what clients invent must not fill metrics. */
const UNLISTED = 'other';

/** A call that a backend has taken. */
export interface Accepted {
  readonly response: UpstreamResponse;
  /** Stop sequences that it could not be told: the answer has to be cut at them here. */
  readonly watchedStops: readonly string[];
}

/**
 * The shared way to the backends: picks where a call goes, puts it into that backend's manner, learns from refusals, and
 * goes on to the next backend of the model when one fails before its answer began.
 */
@Injectable()
export class UpstreamClient {
  constructor(private readonly profiles: UpstreamProfiles) {}

  /** Sends a request in neutral words. @throws ProxyException */
  post(path: string, request: object, model: ResolvedModel, call: UpstreamRequestContext): Promise<Accepted> {
    return this.tryTargets(model, call, (target, deadline, told) =>
      this.postTo(target, path, request, model, told, deadline),
    );
  }

  /** Sends a body as it is; `payloadFor` puts the backend's id in. @throws ProxyException */
  forward(
    path: string,
    payloadFor: (id: string) => Payload,
    model: ResolvedModel,
    call: UpstreamRequestContext,
  ): Promise<UpstreamResponse> {
    return this.tryTargets(model, call, ({ connection, model: id }, deadline, told) =>
      connection.post(path, payloadFor(id), id, told, deadline),
    );
  }

  /** A body that streams through can be sent once: to the backend that comes first. @throws ProxyException */
  async forwardOnce(
    path: string,
    payload: Payload,
    { targets }: ResolvedModel,
    call: UpstreamRequestContext,
  ): Promise<UpstreamResponse> {
    const [target] = orderTargets(targets, Math.random);
    if (!target) throw new ModelNotFoundError('no backend serves this model');
    const { connection, model } = target;
    if (call.record) call.record.upstream = connection.name;
    return traced(call, connection.name, 0, (told) => connection.post(path, payload, model, told));
  }

  /** A call without a body. @throws ProxyException */
  fetch(
    method: 'get' | 'delete',
    path: string,
    model: ResolvedModel,
    call: UpstreamRequestContext,
  ): Promise<UpstreamResponse> {
    return this.tryTargets(model, call, ({ connection }, deadline, told) =>
      connection.fetch(method, path, told, deadline),
    );
  }

  /** Each backend once, and those with a passing trouble again, until one accepts. */
  private async tryTargets<T>(
    resolved: ResolvedModel,
    call: UpstreamRequestContext,
    send: (target: Target, deadline: number, told: UpstreamRequestContext) => Promise<T>,
  ): Promise<T> {
    const { record } = call;
    const { targets } = resolved;
    const begun = performance.now();
    if (record) record.model = labelOf(resolved);
    const attempts = orderTargets(targets, Math.random).map((target) => ({ target, failed: 0, waitMs: 0 }));
    let failure: unknown;
    let sent = 0;
    // Grows while it is walked: a retry goes to its end, behind the backends that have not been asked.
    for (const { target, failed, waitMs } of attempts) {
      const { gate, name, settings } = target.connection;
      if (failed > 0 && !gate.tryBeginRetry()) continue;
      try {
        if (failed > 0) await pause(waitMs, call);
        if (record) {
          record.upstream = name;
          record.sentAt = performance.now();
          if (failed > 0) record.retries += 1;
        }
        const accepted = await traced(call, name, sent++, (told) => send(target, begun + settings.totalMs, told));
        if (record) record.acceptedAt = performance.now();
        return accepted;
      } catch (error) {
        failure = moreInformative(failure, error);
        const delay = failed < settings.maxRetries ? retryDelay(error, failed + 1, Math.random) : undefined;
        if (delay !== undefined) attempts.push({ target, failed: failed + 1, waitMs: delay });
        else if (!mayFailOver(error)) throw error;
        else if (attempts.at(-1)?.target !== target) gate.counts.failovers += 1;
      } finally {
        if (failed > 0) gate.endRetry();
      }
    }
    throw failure instanceof Error ? failure : new ModelNotFoundError('no backend serves this model');
  }

  private async postTo(
    target: Target,
    path: string,
    request: object,
    { rule }: ResolvedModel,
    call: UpstreamRequestContext,
    deadline: number,
  ): Promise<Accepted> {
    const neutral = applyRule({ ...request, model: target.model }, rule);
    const learned: Adaptation[] = [];
    for (let changes = 0; ; changes += 1) {
      const manner = this.profiles.of(target, learned);
      const { body, watchedStops } = shapeRequest(neutral, manner);
      try {
        const payload = applyRuleOverrides(body, rule);
        const response = await target.connection.post(path, payload, target.model, call, deadline);
        if (learned.length > 0) this.profiles.keep(target, learned);
        return { response, watchedStops };
      } catch (failure) {
        const more = changes < MAX_ADAPTED_RETRIES ? learnFrom(failure, body, manner) : [];
        if (more.length === 0) throw failure;
        learned.push(...more);
        this.profiles.countAdaptedRetry(target);
      }
    }
  }
}

/** One call of a backend, written down where somebody traces; the backend is then told the span of this very call. */
async function traced<T>(
  call: UpstreamRequestContext,
  upstream: string,
  resends: number,
  send: (told: UpstreamRequestContext) => Promise<T>,
): Promise<T> {
  const attempt = call.record?.beginAttempt?.(upstream, resends);
  if (!attempt) return send(call);
  try {
    const accepted = await send({ ...call, headers: { ...call.headers, ...attempt.headers } });
    attempt.acceptedAt = performance.now();
    return accepted;
  } catch (failure) {
    attempt.failedAt = performance.now();
    attempt.failure = failure;
    throw failure;
  }
}

/** A name that the configuration or a list has: never one that a client made up and a pattern took. */
function labelOf({ rule, targets: [first] }: ResolvedModel): string {
  if (rule?.model !== undefined && !rule.name.includes('*')) return rule.name;
  return first?.entry?.name ?? (first?.model ? UNLISTED : '');
}

function learnFrom(
  failure: unknown,
  sent: Parameters<typeof adaptationsFor>[0],
  manner: Parameters<typeof adaptationsFor>[2],
): Adaptation[] {
  if (!(failure instanceof UpstreamError) || failure.upstreamStatus === undefined) return [];
  return adaptationsFor(sent, { status: failure.upstreamStatus, body: failure.body }, manner);
}
