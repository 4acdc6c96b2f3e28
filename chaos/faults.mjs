/** Random faults of upstreams and of Redis, several at a time. */
import { setTimeout as sleep } from 'node:timers/promises';

/** What the relay does with requests for a while. */
const MODES = {
  'every request reset': 'reset',
  'requests without an answer': 'hang',
  'burst of 500': '500',
  'burst of 503': '503',
  'burst of 429 with Retry-After': '429',
  'something else than HTTP': 'garbage',
  'slow drip': 'drip',
  'streams cut': 'cut',
};

function backendFaults(random, upstreams) {
  const one = () => random.pick(upstreams);
  const modes = Object.entries(MODES).map(([name, mode]) => [
    name,
    async () => {
      const upstream = one();
      upstream.mode = mode;
      await sleep(random.between(500, 2500));
      upstream.mode = 'pass';
    },
  ]);
  return {
    ...Object.fromEntries(modes),
    'connections reset': async () => one().resetAll(),
    'connections of all upstreams reset': async () => upstreams.forEach((each) => each.resetAll()),
    'all upstreams answer 503': async () => {
      for (const each of upstreams) each.mode = '503';
      await sleep(random.between(200, 800));
      for (const each of upstreams) each.mode = 'pass';
    },
  };
}

/** A process that goes and comes back; one thing at a time, and `up` in the end. */
function processFaults(random, name, choose) {
  const once = (fault) => async () => {
    const target = choose();
    if (target.isTaken) return false;
    target.isTaken = true;
    await fault(target);
    target.isTaken = false;
    return true;
  };
  return {
    [`${name} killed and started again`]: once(async (target) => {
      await target.down();
      await sleep(random.between(200, 2000));
      await target.up();
    }),
    [`${name} stopped for a while`]: once(async (target) => {
      const child = target.simulator ?? target.process;
      child.kill('SIGSTOP');
      await sleep(random.between(500, 4000));
      child.kill('SIGCONT');
    }),
  };
}

/** Makes trouble until `until()` says so; resolves with the names of all faults when all of it is mended. */
export async function makeTrouble(random, { upstreams, redis, tally, until }) {
  const faults = {
    ...backendFaults(random, upstreams),
    ...processFaults(random, 'upstream', () => random.pick(upstreams)),
    ...(redis && processFaults(random, 'Redis', () => redis)),
  };
  const names = Object.keys(faults);
  const running = new Set();
  // Each once, in an order by chance, before any comes again.
  let bag = [];
  while (!until()) {
    if (bag.length === 0) bag = names.map((name) => [random.next(), name]).sort(([a], [b]) => a - b);
    const [, name] = bag.pop();
    const fault = faults[name]().then((happened) => {
      if (happened !== false) tally.add(name);
    });
    running.add(fault);
    void fault.finally(() => running.delete(fault));
    await sleep(random.between(400, 2200));
  }
  await Promise.all(running);
  return names;
}
