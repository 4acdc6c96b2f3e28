import type { ChildProcess } from 'node:child_process';
import { spawn, spawnSync } from 'node:child_process';
import { connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { freePort } from './free-port.js';

export const REDIS_PASSWORD = 'redis-password-of-the-tests';

/** Why there is no Redis to test with; "" when there is one. */
export const redisMissing = spawnSync('redis-server', ['--version']).status === 0 ? '' : 'no redis-server';

/** A Redis of our own, with a password and nothing on disk. */
export interface RedisServer {
  readonly url: string;
  readonly port: number;
  /** It stops answering, with its connections open, and goes on again. */
  freeze(): void;
  thaw(): void;
  /** It is gone, with all it knew. */
  kill(): Promise<void>;
  /** On the same port. */
  start(): Promise<void>;
}

export async function startRedis(): Promise<RedisServer> {
  const port = await freePort();
  let child: ChildProcess | undefined;
  const redis: RedisServer = {
    url: `redis://:${REDIS_PASSWORD}@127.0.0.1:${port}/0`,
    port,
    freeze: () => void child?.kill('SIGSTOP'),
    thaw: () => void child?.kill('SIGCONT'),
    kill: async () => {
      const ended = child;
      child = undefined;
      if (!ended) return;
      const exit = new Promise((resolve) => ended.once('exit', resolve));
      ended.kill('SIGKILL');
      await exit;
    },
    start: async () => {
      const options = ['--port', String(port), '--bind', '127.0.0.1', '--requirepass', REDIS_PASSWORD];
      child = spawn('redis-server', [...options, '--save', '', '--appendonly', 'no'], { stdio: 'ignore', cwd: '/tmp' });
      for (let tries = 0; tries < 200 && !(await accepts(port)); tries += 1) await wait(25);
    },
  };
  await redis.start();
  return redis;
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
