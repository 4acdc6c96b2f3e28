/** The servers of a case, each with its request, its processes and its load generator. */
import { existsSync } from 'node:fs';
import { ENDINGS } from './answer-checks.mjs';
import { Load } from './load.mjs';
import { startNginx } from './nginx.mjs';
import { listenersOn, treeOf } from './proc.mjs';
import { startPair, startPipe, startProxy, startUpstream } from './processes.mjs';

/** Statuses of a server that does not have the route. */
const NO_ROUTE = new Set([404, 405, 501]);

/**
 * New processes for each case, so that a case has the same conditions alone and in a full run.
 * @param options `{ root, before, flags, nginx, peers: [{ name, url }], upstreamPort, again }`
 */
export async function openTargets(benchCase, options) {
  const upstream = await startUpstream({ models: benchCase.models, port: options.upstreamPort });
  const targets = [];
  for (const planned of plan(benchCase, options)) {
    const handle = await planned.start(upstream);
    targets.push(toTarget(planned, handle, benchCase));
  }
  return {
    targets,
    async close() {
      await Promise.all(targets.map(({ load, handle }) => load.close().then(() => handle.stop())));
      await upstream.stop();
    },
  };
}

/** Measured where a case names them. */
const ON_DEMAND = new Set(['control', 'proxy-logs', 'proxy-pair', 'proxy-workers', 'proxy-chat']);

function plan(benchCase, { root, before, flags, nginx, peers = [], again = false }) {
  const { language } = benchCase;
  const every = [
    { name: 'pipe', start: startPipe, language: 'openAi' },
    { name: 'proxy', start: (upstream) => startProxy(upstream, { root, flags }), language },
    ...(before
      ? [{ name: 'before', start: (upstream) => startProxy(upstream, { root: before, flags }), language }]
      : []),
    ...(before
      ? [{ name: 'control', start: (upstream) => startProxy(upstream, { root: before, flags }), language }]
      : []),
    ...(again ? [{ name: 'pipe-again', start: startPipe, language: 'openAi' }] : []),
    ...(nginx && existsSync(nginx)
      ? [{ name: 'nginx', start: (upstream) => startNginx(nginx, upstream), language: 'openAi' }]
      : []),
    ...peers.map(({ name, url }) => ({ name, start: () => findPeer(name, url), language })),
    { name: 'proxy-logs', start: (upstream) => startProxy(upstream, { root, flags, logs: true }), language },
    { name: 'proxy-pair', start: (upstream) => startPair(upstream, { root, flags }), language },
    { name: 'proxy-workers', start: (upstream) => startProxy(upstream, { root, flags, workers: 2 }), language },
    {
      name: 'proxy-chat',
      start: (upstream) => startProxy(upstream, { root, flags }),
      language: 'ollama',
      request: benchCase.chat,
    },
  ];
  const wanted = benchCase.targets ?? every.map(({ name }) => name).filter((name) => !ON_DEMAND.has(name));
  return every.filter(({ name }) => wanted.includes(name));
}

/** A server that is already running; its CPU time is known if it is on this machine. */
function findPeer(name, url) {
  const { origin, port, protocol } = new URL(url);
  const [pid] = listenersOn(Number(port) || (protocol === 'https:' ? 443 : 80));
  if (pid === undefined)
    process.stderr.write(`${name}: no process on this machine listens there, so its CPU time is unknown\n`);
  return { origin, pid, stop: async () => undefined };
}

function toTarget({ name, language, request }, handle, benchCase) {
  const ofCase = language === 'openAi' ? benchCase.pipe : benchCase.proxy;
  return {
    name,
    handle,
    language,
    pids: [],
    load: new Load(handle.origins ?? [handle.origin], benchCase.concurrency),
    request: (request ?? ofCase)(),
    ending: ENDINGS[language][benchCase.stream ? 'stream' : 'json'],
  };
}

/** The reason why a target cannot be measured, or undefined. A target with a wrong response is not measured. */
export async function checkTarget(target, benchCase) {
  try {
    benchCase.check[target.language](await target.load.fetch(target.request));
    // All of its processes have started by now.
    const { pid, pids = pid === undefined ? [] : [pid] } = target.handle;
    target.pids = pids.flatMap(treeOf);
    return undefined;
  } catch (error) {
    if (benchCase.optional && NO_ROUTE.has(error.status)) return 'not available';
    const text = error.message.split('\n', 1)[0];
    return error.code === 'ERR_ASSERTION' ? `wrong answer: ${text}` : `no answer: ${text}`;
  }
}
