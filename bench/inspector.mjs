/** V8's inspector over its socket: allocations by function, short-lived objects included, for which no flag exists. */
import { setTimeout as sleep } from 'node:timers/promises';

const SAMPLE_BYTES = 8 * 1024;

/** Samples allocations of the process whose inspector listens on `port` while `work` runs. @returns its call tree */
export async function sampleAllocations(port, work) {
  const session = await connect(port);
  await session.call('HeapProfiler.enable');
  await session.call('HeapProfiler.startSampling', {
    samplingInterval: SAMPLE_BYTES,
    includeObjectsCollectedByMajorGC: true,
    includeObjectsCollectedByMinorGC: true,
  });
  await work();
  const { profile } = await session.call('HeapProfiler.stopSampling');
  session.close();
  return profile.head;
}

export async function connect(port) {
  const [{ webSocketDebuggerUrl }] = await (await fetch(`http://127.0.0.1:${port}/json/list`)).json();
  const socket = new WebSocket(webSocketDebuggerUrl);
  const waiting = new Map();
  socket.addEventListener('message', ({ data }) => {
    const { id, result } = JSON.parse(data);
    waiting.get(id)?.(result);
    waiting.delete(id);
  });
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve);
    socket.addEventListener('error', reject);
  });
  let last = 0;
  return {
    call(method, params = {}) {
      last += 1;
      socket.send(JSON.stringify({ id: last, method, params }));
      return new Promise((resolve) => waiting.set(last, resolve));
    },
    // The answer to the last call may still be on its way through the socket.
    close: () => sleep(10).then(() => socket.close()),
  };
}
