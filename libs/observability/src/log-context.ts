import { AsyncLocalStorage } from 'node:async_hooks';

/** What every log line of a request tells. */
interface RequestIds {
  readonly requestId: string;
  readonly trace_id?: string;
}

const scope = new AsyncLocalStorage<RequestIds>();

/** Everything that `run` starts logs with this id, and with that of its trace if there is one. */
export function runWithRequestId<T>(id: string, run: () => T, traceId?: string): T {
  return scope.run(traceId === undefined ? { requestId: id } : { requestId: id, trace_id: traceId }, run);
}

export function currentIds(): RequestIds | undefined {
  return scope.getStore();
}
