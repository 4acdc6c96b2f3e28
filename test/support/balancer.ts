import type { Socket } from 'node:net';
import { connect, createServer } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { Agent } from 'undici';
import { ask } from './ask.js';

/** How often an replica's readiness is asked for. */
const PROBE_MS = 50;

export interface Balancer {
  readonly url: string;
  /** How many connections each port has been given. */
  readonly given: ReadonlyMap<number, number>;
  close(): Promise<void>;
}

/**
 * Gives connections in turn to the ports of 127.0.0.1 that are ready, as a Service of Kubernetes does; one that refuses
 * a connection is passed over. What runs stays where it is.
 */
export async function startBalancer(ports: readonly number[]): Promise<Balancer> {
  const ready = new Set<number>();
  const given = new Map<number, number>(ports.map((port) => [port, 0]));
  const sockets = new Set<Socket>();
  let turn = 0;
  let isOpen = true;

  const join = (client: Socket, tries: number): void => {
    const able = ports.filter((port) => ready.has(port));
    turn += 1;
    const port = able[turn % able.length];
    if (port === undefined || tries === 0) {
      client.resetAndDestroy();
      return;
    }
    const replica = connect(port, '127.0.0.1');
    sockets.add(replica);
    replica.once('close', () => sockets.delete(replica));
    const refused = (): void => join(client, tries - 1);
    replica.once('error', refused);
    replica.once('connect', () => {
      replica.off('error', refused);
      given.set(port, (given.get(port) ?? 0) + 1);
      // What ends on one side ends in the same way on the other.
      replica.on('error', () => client.resetAndDestroy());
      client.on('error', () => replica.resetAndDestroy());
      client.pipe(replica).pipe(client);
    });
  };
  const server = createServer({ allowHalfOpen: true }, (client) => {
    sockets.add(client);
    client.once('close', () => sockets.delete(client));
    client.on('error', () => undefined);
    join(client, ports.length);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  const probe = async (port: number): Promise<void> => {
    const dispatcher = new Agent({ pipelining: 0 });
    while (isOpen) {
      const signal = AbortSignal.timeout(1000);
      const status = await ask(`http://127.0.0.1:${port}/readyz`, undefined, { dispatcher, signal }).then(
        (seen) => seen.status,
        () => 0,
      );
      if (status === 200) ready.add(port);
      else ready.delete(port);
      await wait(PROBE_MS);
    }
    await dispatcher.close();
  };
  const probes = ports.map(probe);
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`,
    given,
    close: async () => {
      isOpen = false;
      for (const socket of sockets) socket.destroy();
      await Promise.all([...probes, new Promise((resolve) => server.close(resolve))]);
    },
  };
}
