/** `npm run chaos -- [--seconds N] [--seed S] [--clients N] [--workers N] [--slow-redis 0|1] [--only storm|failover|shutdown|abandoned|bodies]` */
import { abandoned } from './abandoned.mjs';
import { bodies } from './bodies.mjs';
import { Checks, readArguments, say } from './checks.mjs';
import { failover } from './failover.mjs';
import { Random } from './random.mjs';
import { shutdown } from './shutdown.mjs';
import { storm } from './storm.mjs';

const PARTS = { storm, failover, shutdown, abandoned, bodies };
const options = readArguments({ seconds: 60, seed: 1, clients: 200, workers: 2, 'slow-redis': 1, only: '' });
say(`seed ${options.seed}, ${options.seconds} s, ${options.clients} clients`);

const checks = new Checks();
const random = new Random(options.seed);
for (const [name, part] of Object.entries(PARTS)) {
  const own = random.fork();
  if (options.only === '' || options.only === name) await part(checks, own, options);
}
checks.finish();
