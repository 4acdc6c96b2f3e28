import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import { Injectable, Logger } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import type { Settings } from '#config';
import type { UpstreamConnection } from '#connections';
import { UpstreamRegistry } from '#connections';

/** A backend that takes longer for its list is taken for gone. */
const TIMEOUT_MS = 5000;

/** One failure may be chance. */
const MAX_CONSECUTIVE_FAILURES = 2;

/** Replicas that were started together must not ask together. */
const JITTER = 0.2;

/**
 * Looks at each backend's model list from time to time (HEALTH_PROBE_INTERVAL), so that one that is gone is left alone
 * before a request meets it. Never asks for a text: that costs money, and fails for reasons of its own.
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

  /** The next round begins when this one is over, so that a backend is never asked twice at a time. */
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
    this.logger.log(`upstream "${name}" is back`);
  }

  private fail(connection: UpstreamConnection, error: unknown): void {
    const failures = (this.failures.get(connection) ?? 0) + 1;
    this.failures.set(connection, failures);
    if (failures < MAX_CONSECUTIVE_FAILURES) return;
    const { gate, name } = connection;
    if (gate.breaker.state === 'closed') {
      this.logger.warn(`upstream "${name}" is gone: ${error instanceof Error ? error.message : String(error)}`);
    }
    gate.breaker.open();
  }

  /** Backends that a reload took away. */
  private forget(connections: readonly UpstreamConnection[]): void {
    for (const connection of this.failures.keys()) {
      if (!connections.includes(connection)) this.failures.delete(connection);
    }
  }
}
