import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import { Injectable, Logger } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import { unwatchFile, watchFile } from 'node:fs';
import type { LogSettings, RoutingTable, Settings, UpstreamSettings } from '#config';
import { UpstreamConnection } from './upstream-connection.js';

/** How often the mapping file is looked at. Polling follows the symlinks of a mounted ConfigMap, watching does not. */
const WATCH_MS = 1000;

/** Longer than the way from the door to the wire takes, first retries included. */
const RETIRE_AFTER_MS = 60_000;

/** The routing in force, with a connection for each upstream. Who holds one may finish with it. */
export interface Routing {
  readonly table: RoutingTable;
  readonly connections: readonly UpstreamConnection[];
  /** Grows with every reload. */
  readonly version: number;
}

/** All backends. Replaced as a whole when the mapping file changes; a file with mistakes changes nothing. */
@Injectable()
export class UpstreamRegistry implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('Routing');
  private readonly log: LogSettings;
  private readonly file: string | undefined;
  private readonly reload: () => RoutingTable;
  private routing: Routing;
  /** Reloads that were refused, and those that took effect, for metrics. */
  failedReloads = 0;
  goodReloads = 0;

  constructor(config: ConfigService<Settings, true>) {
    this.log = config.get('log', { infer: true });
    this.file = config.get('routingFile', { infer: true });
    this.reload = config.get('reloadRouting', { infer: true });
    this.routing = this.connect(config.get('routing', { infer: true }), 1);
  }

  get current(): Routing {
    return this.routing;
  }

  onApplicationBootstrap(): void {
    if (this.file === undefined) return;
    watchFile(this.file, { interval: WATCH_MS, persistent: false }, (now, before) => {
      if (now.mtimeMs !== before.mtimeMs || now.ino !== before.ino || now.size !== before.size) this.replace();
    });
  }

  async onApplicationShutdown(): Promise<void> {
    if (this.file !== undefined) unwatchFile(this.file);
    await Promise.all(this.routing.connections.map((connection) => connection.destroy()));
  }

  /** Reads the file anew; calls that run go on with what they began with. */
  replace(): void {
    let table: RoutingTable;
    try {
      table = this.reload();
    } catch (error) {
      this.failedReloads += 1;
      this.logger.error(
        `the new mapping file is refused, the old one stays in force: ${error instanceof Error ? error.message : String(error)}`,
      );
      return;
    }
    const { connections, version } = this.routing;
    this.routing = this.connect(table, version + 1);
    this.goodReloads += 1;
    this.logger.log(`mapping file read anew: ${table.upstreams.length} upstreams, ${table.rules.length} rules`);
    for (const connection of connections) {
      if (!this.routing.connections.includes(connection)) this.retire(connection);
    }
  }

  /** A call that has begun may still be on its way to it, or about to try again: it is closed a while later. */
  private retire(connection: UpstreamConnection): void {
    setTimeout(() => void connection.close(), RETIRE_AFTER_MS).unref();
  }

  /** Connections whose settings did not change are kept, with their sockets. */
  private connect(table: RoutingTable, version: number): Routing {
    const old = version > 1 ? this.routing.connections : [];
    const connections = table.upstreams.map(
      (settings) =>
        old.find((each) => JSON.stringify(each.settings) === JSON.stringify(settings)) ?? this.open(settings),
    );
    return { table, connections, version };
  }

  private open(settings: UpstreamSettings): UpstreamConnection {
    if (!settings.tls.verify)
      this.logger.warn(
        `certificates of upstream "${settings.name}" are NOT verified: anyone in between can read and change everything`,
      );
    return new UpstreamConnection(settings, this.log);
  }
}
