import type { Worker } from 'node:cluster';
import cluster from 'node:cluster';
import type { Logger } from 'pino';
import { pino } from 'pino';
import type { Settings } from '#config';
import { describeListening } from '../describe-listening.js';
import { MetricsCollector } from './metrics-collector.js';
import type { ToPrimary, ToWorker } from './messages.js';
import { EXIT_CONFIG_ERROR } from './exit-codes.js';

/** A worker that has lived this long did not fail at its start. */
const STABLE_MS = 10_000;

/** After so many deaths before that, with none that lasted in between, it would go on like that. */
const MOST_QUICK_DEATHS = 5;

/** Before the second start after a quick death; doubles with each further one. */
const BACK_OFF_MS = 200;

/** Before the next start where the configuration is refused while others serve: somebody has to mend a file first. */
const MEND_MS = 10_000;

/** By then after the grace every worker has ended by itself, or it never will. */
const KILL_AFTER_MS = 6000;

interface Member {
  readonly worker: Worker;
  isReady: boolean;
  isStable: boolean;
  readonly settling: NodeJS.Timeout;
}

/** Starts the workers, which do everything else, and replaces those that die. */
export class Primary {
  private readonly members = new Map<number, Member>();
  private readonly restarts = new Set<NodeJS.Timeout>();
  private readonly collector = new MetricsCollector();
  private readonly logger: Logger;
  private quickDeaths = 0;
  /** One has served: whatever is wrong with the start in general is not. */
  private hasServed = false;
  /** What the process ends with, once it is about to. */
  private status: number | undefined;

  constructor(private readonly settings: Settings) {
    const { level } = settings.log;
    // As the workers write it.
    this.logger = pino({ level: level === 'WARNING' ? 'warn' : level.toLowerCase(), base: null }).child({
      context: 'Proxy',
    });
  }

  /** The first worker alone: what is wrong with port or files is told once, and is the end. */
  async start(): Promise<void> {
    // Workers accept by themselves. A connection that the primary hands on to one that dies just then would hang.
    cluster.schedulingPolicy = cluster.SCHED_NONE;
    if (this.settings.limits.enabled) {
      const { RateLimiterClusterMaster } = await import('rate-limiter-flexible');
      new RateLimiterClusterMaster();
    }
    this.fork();
  }

  /** Workers finish what runs, and the process ends with the last of them; a second signal ends it at once. */
  stop(signal: NodeJS.Signals): void {
    // Their primary gone, workers end.
    if (this.status !== undefined) process.exit(this.status);
    this.end(0, signal);
  }

  private fork(): void {
    const worker = cluster.fork();
    const settling = setTimeout(() => {
      member.isStable = true;
      this.quickDeaths = 0;
    }, STABLE_MS).unref();
    const member: Member = { worker, isReady: false, isStable: false, settling };
    this.members.set(worker.id, member);
    worker.on('message', (message: Partial<ToPrimary>) => this.onMessage(member, message as ToPrimary));
    // Of messages to one that has just died; its exit tells.
    worker.on('error', () => undefined);
    worker.once('exit', (code: number | null, signal: string | null) => this.onExit(member, code, signal));
  }

  private onMessage(member: Member, message: ToPrimary): void {
    const { worker } = member;
    switch (message.kind) {
      case 'ready':
        this.onReady(member);
        break;
      case 'report':
        this.collector.take(message.id, worker.id, message.report);
        break;
      case 'ask':
        void this.collector
          .gather(this.reporters())
          .then((reports) => send(worker, { kind: 'reports', id: message.id, reports }));
        break;
    }
  }

  private onReady(member: Member): void {
    member.isReady = true;
    const isFirst = !this.hasServed;
    this.hasServed = true;
    const { workers } = this.settings.server;
    if (isFirst) this.logger.info(`${describeListening(this.settings.server)}, by ${workers} workers`);
    this.logger.info(`worker ${String(member.worker.process.pid)} serves`);
    if (!isFirst || this.status !== undefined) return;
    for (let more = 1; more < workers; more += 1) this.fork();
  }

  private onExit(member: Member, code: number | null, signal: string | null): void {
    const { worker, isStable, settling } = member;
    clearTimeout(settling);
    this.members.delete(worker.id);
    this.collector.workerExited(worker.id);
    if (this.status !== undefined) {
      if (code !== 0) this.status = 1;
      if (this.members.size === 0) process.exit(this.status);
      return;
    }
    // It has said why.
    if (!this.hasServed && code !== null) process.exit(code);
    const what = `worker ${String(worker.process.pid)} has ended with ${signal ?? String(code)}`;
    // A file that is wrong by now stops only those that start: whoever serves goes on with what it has read.
    const waits = code === EXIT_CONFIG_ERROR && [...this.members.values()].some(({ isReady }) => isReady);
    if (!isStable && !waits) this.quickDeaths += 1;
    if (this.quickDeaths >= MOST_QUICK_DEATHS) {
      this.logger.fatal(`${what}; workers have ended right after their start ${this.quickDeaths} times: giving up`);
      this.end(1, 'SIGTERM');
      return;
    }
    const delay = waits ? MEND_MS : isStable ? 0 : BACK_OFF_MS * 2 ** (this.quickDeaths - 1);
    this.logger.error(`${what}; another one starts in ${delay} ms`);
    const restart = setTimeout(() => {
      this.restarts.delete(restart);
      this.fork();
    }, delay);
    this.restarts.add(restart);
  }

  private end(status: number, signal: NodeJS.Signals): void {
    this.status = status;
    for (const restart of this.restarts) clearTimeout(restart);
    if (this.members.size === 0) process.exit(status);
    for (const { worker } of this.members.values()) send(worker, { kind: 'stop', signal });
    setTimeout(() => {
      for (const { worker } of this.members.values()) worker.process.kill('SIGKILL');
    }, this.settings.server.shutdownGraceMs + KILL_AFTER_MS).unref();
  }

  private reporters(): Parameters<MetricsCollector['gather']>[0] {
    return [...this.members.values()]
      .filter(({ isReady }) => isReady)
      .map(({ worker }) => ({ id: worker.id, ask: (id: number) => send(worker, { kind: 'report', id }) }));
  }
}

function send(worker: Worker, message: ToWorker): void {
  if (worker.isConnected()) worker.send(message);
}
