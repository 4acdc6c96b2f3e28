import { AsyncLocalStorage } from 'node:async_hooks';

/** Ids in every log line of a request. */
interface RequestIds {
  readonly requestId: string;
  readonly trace_id?: string;
}

const scope = new AsyncLocalStorage<RequestIds>();

/** Adds the ids to all log lines of `run` and of everything asynchronous that it starts. */
export function runWithRequestId<T>(id: string, run: () => T, traceId?: string): T {
  return scope.run(traceId === undefined ? { requestId: id } : { requestId: id, trace_id: traceId }, run);
}

export function currentIds(): RequestIds | undefined {
  return scope.getStore();
}
