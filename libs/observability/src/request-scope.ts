import { AsyncLocalStorage } from 'node:async_hooks';

const scope = new AsyncLocalStorage<string>();

/** Everything that `run` starts logs with this id. */
export function runWithRequestId<T>(id: string, run: () => T): T {
  return scope.run(id, run);
}

export function currentRequestId(): string | undefined {
  return scope.getStore();
}
