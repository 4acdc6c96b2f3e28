import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import { Injectable, Logger } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import type { Settings } from '#config';
import type { UpstreamConnection } from '#connections';
import { UpstreamRegistry } from '#connections';

/** An upstream whose model list takes longer counts as failed. */
const TIMEOUT_MS = 5000;

/** A single failure does not open the circuit. */
const MAX_CONSECUTIVE_FAILURES = 2;

/** Spreads the probes of replicas that were started together. */
const JITTER = 0.2;

/**
 * Reads each upstream's model list every HEALTH_PROBE_INTERVAL and opens or closes its circuit, so that a failed upstream
 * is found before a request is sent to it. Completions are not used as probes: they cost money, and can fail while the
 * upstream is available.
 */
@Injectable()
export class ProbeService implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('Probe');
  private readonly intervalMs: number;
  private readonly failures = new Map<UpstreamConnection, number>();
  private readonly ended = new AbortController();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    config: ConfigService<Settings, true>,
    private readonly registry: UpstreamRegistry,
  ) {
    this.intervalMs = config.get('health', { infer: true }).probeMs;
  }

  onApplicationBootstrap(): void {
    if (this.intervalMs > 0) this.schedule();
  }

  onApplicationShutdown(): void {
    clearTimeout(this.timer);
    this.ended.abort();
  }

  /** The next round is scheduled when this one has ended, so that probes of one upstream never overlap. */
  private schedule(): void {
    const wait = this.intervalMs * (1 + JITTER * (2 * Math.random() - 1));
    this.timer = setTimeout(() => {
      const { connections } = this.registry.current;
      this.forget(connections);
      void Promise.all(connections.map((connection) => this.probe(connection))).then(() => {
        if (!this.ended.signal.aborted) this.schedule();
      });
    }, wait).unref();
  }

  private async probe(connection: UpstreamConnection): Promise<void> {
    const signal = AbortSignal.any([this.ended.signal, AbortSignal.timeout(TIMEOUT_MS)]);
    try {
      await connection.getJson('/models', { correlationId: 'probe', signal });
      this.succeed(connection);
    } catch (error) {
      if (!this.ended.signal.aborted) this.fail(connection, error);
    }
  }

  private succeed(connection: UpstreamConnection): void {
    const { gate, name } = connection;
    this.failures.delete(connection);
    gate.unreachableSince = undefined;
    if (gate.breaker.state === 'closed') return;
    gate.breaker.close();
    this.logger.log(`upstream "${name}": circuit closed, its model list can be read again`);
  }

  private fail(connection: UpstreamConnection, error: unknown): void {
    const failures = (this.failures.get(connection) ?? 0) + 1;
    this.failures.set(connection, failures);
    if (failures < MAX_CONSECUTIVE_FAILURES) return;
    const { gate, name } = connection;
    if (gate.breaker.state === 'closed') {
      this.logger.warn(
        `upstream "${name}": circuit opened, its model list cannot be read: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
    gate.breaker.open();
  }

  /** Removes counts of upstreams that a reload removed. */
  private forget(connections: readonly UpstreamConnection[]): void {
    for (const connection of this.failures.keys()) {
      if (!connections.includes(connection)) this.failures.delete(connection);
    }
  }
}
