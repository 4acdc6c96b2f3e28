/** Redis behind a relay that delays what it passes on. */
import { connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../bench/processes.mjs';

/** @returns `url`, `maxDelayMs` of each direction, which may be changed, and `close` */
export async function slowRedis(redis, random, maxDelayMs) {
  const relay = { maxDelayMs };
  const server = createServer((client) => {
    const upstream = connect(redis.port, '127.0.0.1');
    const pass = (from, to) => {
      let last = Promise.resolve();
      from.on('data', (bytes) => {
        const delay = sleep(random.between(0, relay.maxDelayMs));
        last = last.then(() => delay).then(() => to.writable && to.write(bytes));
      });
      from.on('error', () => undefined).on('close', () => to.destroy());
    };
    pass(client, upstream);
    pass(upstream, client);
  });
  const port = await freePort();
  await new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
  return Object.assign(relay, { url: `redis://127.0.0.1:${port}`, close: () => server.close() });
}
