import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import { Injectable, Logger } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import type { LogSettings, ModelMapping, Settings, UpstreamSettings } from '#config';
import { readMapping, ReloadedFile } from '#config';
import { createPseudonym } from './via.js';
import { UpstreamConnection } from './upstream-connection.js';

/** Longer than a request takes from resolving its model to its last retry. */
const RETIRE_AFTER_MS = 60_000;

/** The active mapping with a connection for each upstream. A request keeps the one it began with. */
export interface Routing {
  readonly table: ModelMapping;
  readonly connections: readonly UpstreamConnection[];
  /** Incremented by every reload. */
  readonly version: number;
}

/** All upstreams. A changed mapping file replaces all of them; a file with mistakes changes nothing. */
@Injectable()
export class UpstreamRegistry implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('Routing');
  /** Of this process in `Via`. */
  readonly pseudonym: string;
  private readonly log: LogSettings;
  private readonly file: ReloadedFile<ModelMapping>;
  private routing: Routing;

  constructor(config: ConfigService<Settings, true>) {
    this.log = config.get('log', { infer: true });
    this.pseudonym = createPseudonym(config.get('server', { infer: true }).workers);
    const variables = config.get('variables', { infer: true });
    this.file = new ReloadedFile({
      name: 'mapping file',
      files: [config.get('mappingFile', { infer: true })],
      read: () => readMapping(variables),
      apply: (table) => this.replace(table),
      logger: this.logger,
    });
    this.routing = this.connect(config.get('mapping', { infer: true }), 1);
  }

  get current(): Routing {
    return this.routing;
  }

  /** How often the mapping file was reloaded, by outcome. */
  get reloads(): { readonly accepted: number; readonly rejected: number } {
    return this.file;
  }

  onApplicationBootstrap(): void {
    this.file.start();
  }

  async onApplicationShutdown(): Promise<void> {
    this.file.stop();
    await Promise.all(this.routing.connections.map((connection) => connection.destroy()));
  }

  reload(): void {
    this.file.reload();
  }

  /** Requests in flight finish with the connections they began with. */
  private replace(table: ModelMapping): void {
    const { connections, version } = this.routing;
    this.routing = this.connect(table, version + 1);
    this.logger.log(`mapping file reloaded: ${table.upstreams.length} upstreams, ${table.rules.length} rules`);
    for (const connection of connections) {
      if (!this.routing.connections.includes(connection)) this.retire(connection);
    }
  }

  /** Requests that have resolved their model may still be about to use this connection, so it is closed later. */
  private retire(connection: UpstreamConnection): void {
    setTimeout(() => {
      // Calls may wait in the queue for longer than that.
      if (connection.gate.queue.waiting > 0) this.retire(connection);
      else void connection.close();
    }, RETIRE_AFTER_MS).unref();
  }

  /** Reuses connections whose settings did not change, with their sockets, queues and counts. */
  private connect(table: ModelMapping, version: number): Routing {
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
    return new UpstreamConnection(settings, this.log, this.pseudonym);
  }
}
