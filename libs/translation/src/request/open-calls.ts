/** A tool call whose result has not come yet. */
export interface OpenCall {
  readonly id: string;
  /** The id that the client sent. */
  readonly clientId: string | undefined;
  readonly name: string;
}

/** Tool calls without a result, in order. Results in any order take linear time together. */
export class OpenCalls {
  private readonly taken = new Set<OpenCall>();
  private readonly all: Queue = { calls: [], first: 0 };
  private readonly byClientId = new Map<string, Queue>();
  private readonly byName = new Map<string, Queue>();

  add(call: OpenCall): void {
    this.all.calls.push(call);
    if (call.clientId !== undefined) queueOf(this.byClientId, call.clientId).calls.push(call);
    queueOf(this.byName, call.name).calls.push(call);
  }

  /** Removes a call: found by the client's id, else by name, else the first one. */
  take(clientId: string | undefined, name: string | undefined): OpenCall | undefined {
    const byId = clientId === undefined ? undefined : this.firstOf(this.byClientId.get(clientId));
    const byName = byId || name === undefined ? undefined : this.firstOf(this.byName.get(name));
    const call = byId ?? byName ?? this.firstOf(this.all);
    if (call) this.taken.add(call);
    return call;
  }

  rest(): readonly OpenCall[] {
    return this.all.calls.filter((call) => !this.taken.has(call));
  }

  private firstOf(queue: Queue | undefined): OpenCall | undefined {
    if (!queue) return undefined;
    for (; queue.first < queue.calls.length; queue.first += 1) {
      const call = queue.calls[queue.first];
      if (call && !this.taken.has(call)) return call;
    }
    return undefined;
  }
}

interface Queue {
  readonly calls: OpenCall[];
  /** Those before this index have been taken. */
  first: number;
}

function queueOf(queues: Map<string, Queue>, key: string): Queue {
  let queue = queues.get(key);
  if (!queue) {
    queue = { calls: [], first: 0 };
    queues.set(key, queue);
  }
  return queue;
}
