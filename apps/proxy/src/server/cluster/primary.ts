import type { Worker } from 'node:cluster';
import cluster from 'node:cluster';
import type { Logger } from 'pino';
import { pino } from 'pino';
import type { Settings } from '#config';
import type { SharedMemory } from '#model-store';
import { openPrettyLog, pinoOptions } from '#observability';
import { describeListening } from '../describe-listening.js';
import { logFatal } from '../fatal.js';
import { EXIT_CONFIG_ERROR } from './exit-codes.js';
import type { ToPrimary, ToWorker } from './messages.js';
import { MetricsCollector } from './metrics-collector.js';

/** A worker that has run this long did not fail at its start. */
const STABLE_MS = 10_000;

/** The process gives up after this many workers in a row that exited before STABLE_MS. */
const MAX_EARLY_EXITS = 5;

/** Delay before the restart after an early exit; doubles with each further one. */
const RESTART_DELAY_MS = 200;

/** Delay before the restart after an invalid configuration while other workers serve: a file has to be corrected first. */
const CONFIG_RETRY_MS = 10_000;

/** Workers that have not exited this long after the grace period are killed. */
const KILL_AFTER_MS = 6000;

interface Member {
  readonly worker: Worker;
  isReady: boolean;
  isStable: boolean;
  readonly stableTimer: NodeJS.Timeout;
}

/** Starts the workers, which serve all requests, and replaces those that exit. */
export class Primary {
  private readonly members = new Map<number, Member>();
  private readonly restarts = new Set<NodeJS.Timeout>();
  private readonly collector = new MetricsCollector();
  /** Virtual models in memory, for MODEL_STORE=memory. */
  private models: SharedMemory | undefined;
  private earlyExits = 0;
  /** Set once any worker was ready; from then on a failing worker is restarted instead of ending the process. */
  private hasServed = false;
  /** Set when the process shuts down. */
  private exitCode: number | undefined;

  private constructor(
    private readonly settings: Settings,
    private readonly logger: Logger,
  ) {}

  /** Creates a primary whose log lines have the form of the workers'. */
  static async create(settings: Settings): Promise<Primary> {
    const log = await openPrettyLog(settings.log);
    const options = { ...pinoOptions(settings.log, log), mixin: () => ({ context: 'Proxy' }) };
    return new Primary(settings, log ? pino(options, log) : pino(options));
  }

  /** Starts the first worker alone, so that a problem with the port or a file is logged once and ends the process. */
  async start(): Promise<void> {
    // Workers accept connections themselves: one that the primary passes to a worker that is about to exit would hang.
    cluster.schedulingPolicy = cluster.SCHED_NONE;
    if (this.settings.limits.enabled) {
      const { RateLimiterClusterMaster } = await import('rate-limiter-flexible');
      new RateLimiterClusterMaster();
    }
    if (this.settings.modelStore.kind === 'memory') {
      const { SharedMemory } = await import('#model-store');
      this.models = new SharedMemory();
    }
    this.fork();
  }

  /** Shuts the workers down and exits with the last of them; a second signal exits at once. */
  stop(signal: NodeJS.Signals): void {
    // Workers exit when their primary has gone.
    if (this.exitCode !== undefined) process.exit(this.exitCode);
    this.shutDown(0, signal);
  }

  /** Logs an uncaught error and shuts the workers down, which finish their requests. */
  fail(error: unknown): void {
    logFatal(this.logger, error);
    if (this.exitCode === undefined) this.shutDown(1, 'SIGTERM');
    else this.exitCode = 1;
  }

  private fork(): void {
    const worker = cluster.fork();
    const stableTimer = setTimeout(() => {
      member.isStable = true;
      this.earlyExits = 0;
    }, STABLE_MS).unref();
    const member: Member = { worker, isReady: false, isStable: false, stableTimer };
    this.members.set(worker.id, member);
    worker.on('message', (message: Partial<ToPrimary>) => this.onMessage(member, message as ToPrimary));
    // Sending to a worker that has just exited fails; 'exit' handles it.
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
        this.collector.addReport(message.id, worker.id, message.report);
        break;
      case 'requestReports':
        void this.collector
          .collect(this.reporters())
          .then((reports) => send(worker, { kind: 'reports', id: message.id, reports }));
        break;
      case 'callStorage':
        void this.models
          ?.answer(message.call)
          .then((value) => send(worker, { kind: 'storageReply', id: message.id, value }));
        break;
    }
  }

  private onReady(member: Member): void {
    member.isReady = true;
    const isFirst = !this.hasServed;
    this.hasServed = true;
    const { workers } = this.settings.server;
    if (isFirst) {
      for (const warning of this.settings.warnings) this.logger.warn(warning);
      this.logger.info(`${describeListening(this.settings)}; ${workers} workers`);
    }
    this.logger.info(`worker ${String(member.worker.process.pid)} is ready`);
    if (!isFirst || this.exitCode !== undefined) return;
    for (let started = 1; started < workers; started += 1) this.fork();
  }

  private onExit(member: Member, code: number | null, signal: string | null): void {
    const { worker, isStable, stableTimer } = member;
    clearTimeout(stableTimer);
    this.members.delete(worker.id);
    this.collector.workerExited(worker.id);
    if (this.exitCode !== undefined) {
      if (code !== 0) this.exitCode = 1;
      if (this.members.size === 0) process.exit(this.exitCode);
      return;
    }
    // The worker has logged the reason.
    if (!this.hasServed && code !== null) process.exit(code);
    const event = `worker ${String(worker.process.pid)} exited with ${signal ?? String(code)}`;
    // A file that has become invalid stops only new workers; running ones keep what they have read.
    const isConfigError = code === EXIT_CONFIG_ERROR && [...this.members.values()].some(({ isReady }) => isReady);
    if (!isStable && !isConfigError) this.earlyExits += 1;
    if (this.earlyExits >= MAX_EARLY_EXITS) {
      this.logger.fatal(`${event}; ${this.earlyExits} workers in a row exited right after their start: giving up`);
      this.shutDown(1, 'SIGTERM');
      return;
    }
    const delay = isConfigError ? CONFIG_RETRY_MS : isStable ? 0 : RESTART_DELAY_MS * 2 ** (this.earlyExits - 1);
    this.logger.error(`${event}; another one starts in ${delay} ms`);
    const restart = setTimeout(() => {
      this.restarts.delete(restart);
      this.fork();
    }, delay);
    this.restarts.add(restart);
  }

  private shutDown(exitCode: number, signal: NodeJS.Signals): void {
    this.exitCode = exitCode;
    for (const restart of this.restarts) clearTimeout(restart);
    if (this.members.size === 0) process.exit(exitCode);
    for (const { worker } of this.members.values()) send(worker, { kind: 'stop', signal });
    setTimeout(() => {
      for (const { worker } of this.members.values()) worker.process.kill('SIGKILL');
    }, this.settings.server.shutdownGraceMs + KILL_AFTER_MS).unref();
  }

  private reporters(): Parameters<MetricsCollector['collect']>[0] {
    return [...this.members.values()]
      .filter(({ isReady }) => isReady)
      .map(({ worker }) => ({
        id: worker.id,
        requestReport: (id: number) => send(worker, { kind: 'requestReport', id }),
      }));
  }
}

function send(worker: Worker, message: ToWorker): void {
  if (worker.isConnected()) worker.send(message);
}
