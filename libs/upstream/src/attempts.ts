import type { TokenPrice, UpstreamSettings } from '#config';
import type { Deadline, UpstreamRequestContext } from '#connections';
import { abortReason, deadlineAfter } from '#connections';
import { ModelNotFoundError } from '#errors';
import type { ResolvedModel, Target } from '#models';
import { matchPattern } from '#models';
import { orderTargets } from './order-targets.js';
import { mayFailOver, moreInformative, retryDelay } from './retry-policy.js';

/** Metric label for models that are in no list: names that clients make up must not create series. */
const UNLISTED_MODEL = 'other';

interface Attempt {
  readonly target: Target;
  /** Failed attempts at this target before this one. */
  readonly failures: number;
  /** To wait before this attempt. */
  readonly delayMs: number;
}

type RequestRecord = NonNullable<UpstreamRequestContext['record']>;
type TracedAttempt = ReturnType<NonNullable<RequestRecord['beginAttempt']>>;

/** Sends one attempt to a target. */
type Send<T> = (target: Target, context: UpstreamRequestContext, deadline: Deadline | undefined) => Promise<T>;

/** Sends to the first target without retry or failover. */
export async function sendToFirst<T>(
  targets: readonly Target[],
  context: UpstreamRequestContext,
  send: (target: Target, context: UpstreamRequestContext) => Promise<T>,
): Promise<T> {
  const [target] = orderTargets(targets, Math.random);
  if (!target) throw noTarget();
  if (context.record) recordTarget(context.record, target);
  return traceAttempt(context, target.connection.settings, 0, (attemptContext) => send(target, attemptContext));
}

/**
 * Tries each target once, then retries those that failed for a temporary reason, until one accepts.
 * @throws ProxyException: the most informative failure
 */
export async function tryTargets<T>(
  resolved: ResolvedModel,
  context: UpstreamRequestContext,
  send: Send<T>,
): Promise<T> {
  const { record } = context;
  if (record) record.model = modelLabel(resolved);
  const start = performance.now();
  const queue: Attempt[] = orderTargets(resolved.targets, Math.random).map((target) => ({
    target,
    failures: 0,
    delayMs: 0,
  }));
  let failure: unknown;
  let sent = 0;
  for (let attempt = queue.shift(); attempt; attempt = queue.shift()) {
    const { target, failures, delayMs } = attempt;
    const { gate, settings } = target.connection;
    const isRetry = failures > 0;
    if (isRetry && !gate.tryBeginRetry()) continue;
    try {
      if (isRetry) await pause(delayMs, context);
      if (record) {
        recordTarget(record, target);
        record.sentAt = performance.now();
        if (isRetry) record.retries += 1;
      }
      const deadline = deadlineAfter(settings.totalMs, start);
      const accepted = await traceAttempt(context, settings, sent, (attemptContext) =>
        send(target, attemptContext, deadline),
      );
      if (record) record.acceptedAt = performance.now();
      return accepted;
    } catch (error) {
      failure = moreInformative(failure, error);
      const retryMs = failures < settings.maxRetries ? retryDelay(error, failures + 1, Math.random) : undefined;
      if (retryMs !== undefined) queue.push({ target, failures: failures + 1, delayMs: retryMs });
      else if (!mayFailOver(error)) throw error;
      else if (queue.length > 0) gate.counts.failovers += 1;
    } finally {
      sent += 1;
      if (isRetry) gate.endRetry();
    }
  }
  throw failure instanceof Error ? failure : noTarget();
}

function noTarget(): ModelNotFoundError {
  return new ModelNotFoundError('no upstream serves this model');
}

/** @throws the abort reason of the signal */
function pause(ms: number, { signal }: UpstreamRequestContext): Promise<void> {
  return new Promise((resolve, reject) => {
    const giveUp = (): void => {
      clearTimeout(timer);
      reject(abortReason(signal));
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', giveUp);
      resolve();
    }, ms);
    if (signal.aborted) giveUp();
    else signal.addEventListener('abort', giveUp, { once: true });
  });
}

/** Records an attempt as a span if the request is traced; its `traceparent` is sent to the upstream. */
function traceAttempt<T>(
  context: UpstreamRequestContext,
  upstream: UpstreamSettings,
  resends: number,
  send: (context: UpstreamRequestContext) => Promise<T>,
): Promise<T> {
  const attempt = context.record?.beginAttempt?.(upstream, resends);
  return attempt ? sendTraced(attempt, context, send) : send(context);
}

async function sendTraced<T>(
  attempt: TracedAttempt,
  context: UpstreamRequestContext,
  send: (context: UpstreamRequestContext) => Promise<T>,
): Promise<T> {
  try {
    const accepted = await send({ ...context, headers: { ...context.headers, ...attempt.headers } });
    attempt.acceptedAt = performance.now();
    return accepted;
  } catch (failure) {
    attempt.failedAt = performance.now();
    attempt.failure = failure;
    throw failure;
  }
}

function recordTarget(record: RequestRecord, { connection, model }: Target): void {
  const { name, prices } = connection.settings;
  record.upstream = name;
  record.upstreamModel = model;
  // Not only if there is a price: the target before this one may have had one.
  record.price = prices && priceOf(model, prices);
}

function priceOf(model: string, prices: Readonly<Record<string, TokenPrice>>): TokenPrice | undefined {
  if (Object.hasOwn(prices, model)) return prices[model];
  return Object.entries(prices).find(([pattern]) => matchPattern(pattern, model) !== undefined)?.[1];
}

/** A name from the configuration or a list, never one that only a client used. */
function modelLabel({ rule, targets: [first] }: ResolvedModel): string {
  if (rule?.model !== undefined && !rule.name.includes('*')) return rule.name;
  return first?.entry?.name ?? (first?.model ? UNLISTED_MODEL : '');
}
