/** Looks into a running proxy through V8's inspector. */
import { connect } from '../bench/inspector.mjs';

export class Probe {
  static async connect(port) {
    const probe = new Probe();
    probe.session = await connect(port);
    return probe;
  }

  /** The value of an expression in the process. */
  async evaluate(expression) {
    const { result } = await this.session.call('Runtime.evaluate', { expression, returnByValue: true });
    return result.value;
  }

  /** What lives on the heap after everything else has been collected, in MB. */
  async heapMb() {
    await this.session.call('HeapProfiler.collectGarbage');
    return (await this.evaluate('process.memoryUsage().heapUsed')) / 1024 / 1024;
  }

  /** Handles, requests and timers that keep the process busy, by kind. */
  async resources() {
    const names = await this.evaluate('process.getActiveResourcesInfo()');
    const counts = {};
    for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
    return counts;
  }

  close() {
    void this.session.close();
  }
}
