/** SIGTERM under streams: none is lost that ends within the grace. test/e2e/shutdown.spec.ts looks at more of it. */
import { Agent } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { say, Tally } from './checks.mjs';
import { send } from './clients.mjs';
import { startProxy } from './processes.mjs';
import { Upstream } from './relay.mjs';
import { makeRequest } from './requests.mjs';

const STREAMS = 100;
const KINDS = ['chat stream', 'generate stream', 'v1 chat stream'];

/** Ten seconds of an answer: all have to have begun before the first one ends. */
const SCRIPT = { tokenDelayMs: 50, burst: false, firstTokenDelayMs: 8000 };

export async function shutdown(checks, random) {
  say(`\nshutdown: SIGTERM while ${STREAMS} streams run`);
  const upstream = await Upstream.start('only');
  const proxy = await startProxy({ OPENAI_API_BASE_URL: upstream.url, SHUTDOWN_GRACE_SECONDS: '30' });
  const agent = new Agent({ keepAlive: true });
  const streams = Array.from({ length: STREAMS }, (_, at) => {
    const options = { faulty: false, leaving: false, slow: false, script: SCRIPT };
    const request = makeRequest(random, `s${at}`, KINDS[at % KINDS.length], options);
    return send(proxy, request, { agent, limitMs: 60_000 });
  });
  let ended = 0;
  for (const stream of streams) void stream.then(() => (ended += 1));
  while (upstream.requests < STREAMS) await sleep(20);
  const running = STREAMS - ended;
  const begun = performance.now();
  proxy.kill('SIGTERM');
  const tally = new Tally();
  for (const { kind } of await Promise.all(streams)) tally.add(kind);
  const { code } = await proxy.ended;
  agent.destroy();
  const seconds = ((performance.now() - begun) / 1000).toFixed(1);
  checks.check('all streams run when SIGTERM comes', running === STREAMS, `${running}`);
  checks.check('every stream is complete', tally.of('complete') === STREAMS, `${tally.of('complete')} of ${STREAMS}`);
  checks.check('the process ends with code 0', code === 0, `code ${code}, after ${seconds} s`);
  await upstream.down();
}
