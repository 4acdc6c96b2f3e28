/** Attacks on a proxy with keys and limits whose Redis is slow: models of others, odd usage, clients that leave. */
import { setTimeout as sleep } from 'node:timers/promises';
import { say } from './checks.mjs';
import { MODEL_ROUTES, namedModels, ALLOWED } from './hostile-models.mjs';
import { checkProcess, Redis, startProxy, whyNoRedis } from './processes.mjs';
import { slowRedis } from './slow-redis.mjs';

const KEYS = { every: 'key-for-every-model-0123456789', some: 'key-for-some-models-0123456789' };

/** Calls of Redis are given up after 50 ms: delays on both sides of that. */
const MAX_REDIS_DELAY_MS = 40;

/** Clients leave while limits are asked, or a little later. */
const MAX_STAY_MS = 90;

const PLENTY = '1000000000';

/** Counts as no upstream should send them; `1e999` is written as it is. */
const USAGES = ['12', 'many', '', 12.5, -3, -1e300, 1e300, '1e999', null, true, [7], {}, 2 ** 53];

const CALLS = {
  '/api/chat': (content, stream) => ({ model: 'sim-chat', stream, messages: [{ role: 'user', content }] }),
  '/api/generate': (prompt, stream) => ({ model: 'sim-chat', stream, prompt }),
  '/api/embed': (input) => ({ model: 'sim-embed', input: [input] }),
  '/api/embeddings': (prompt) => ({ model: 'sim-embed', prompt }),
  '/v1/chat/completions': (content, stream) => ({
    model: 'sim-chat',
    stream,
    ...(stream && { stream_options: { include_usage: true } }),
    messages: [{ role: 'user', content }],
  }),
  '/v1/completions': (prompt, stream) => ({ model: 'sim-chat', stream, prompt }),
  '/v1/embeddings': (input) => ({ model: 'sim-embed', input }),
  '/v1/messages': (content, stream) => ({
    model: 'sim-chat',
    stream,
    max_tokens: 50,
    messages: [{ role: 'user', content }],
  }),
  '/v1/responses': (input, stream) => ({ model: 'sim-chat', stream, input }),
};

/** Counts that the proxy itself writes: those of the other routes are the upstream's own bytes. */
const OWN_COUNTS = /^\/(api\/|v1\/(messages|responses))/;
const ODD_COUNT = /"(?:prompt_eval_count|eval_count|(?:input|output|total)_tokens)":(?!(?:0|[1-9]\d{0,9})[,}\s])/;

export class Locked {
  static async start(upstream, random) {
    const locked = new Locked();
    const noRedis = whyNoRedis();
    if (noRedis !== undefined) say(`skipped  slow Redis: ${noRedis}; this process keeps the limits`);
    else locked.redis = await Redis.start();
    locked.relay = locked.redis && (await slowRedis(locked.redis, random.fork(), MAX_REDIS_DELAY_MS));
    locked.upstream = upstream;
    locked.proxy = await startProxy({
      OPENAI_API_BASE_URL: upstream.url,
      CIRCUIT_BREAKER_ENABLED: 'false',
      REQUEST_MAX_SIZE: '1000000',
      MAX_EVENT_LOOP_LAG: '0',
      PROXY_API_KEYS: JSON.stringify([
        { name: 'every', key: KEYS.every },
        { name: 'some', key: KEYS.some, models: [ALLOWED] },
      ]),
      RATE_LIMIT_REQUESTS: PLENTY,
      RATE_LIMIT_TOKENS_PER_MINUTE: PLENTY,
      ...(locked.relay && { REDIS_URL: locked.relay.url }),
    });
    return locked;
  }

  /** A request of a key that may use one model only. */
  modelsRequest(random) {
    return this.#request('some', random.pick(MODEL_ROUTES), namedModels(random).text);
  }

  /** @returns a request for odd usage, and `isOdd`, which judges the response */
  usageRequest(random) {
    const path = random.pick(Object.keys(CALLS));
    const prompt = `@sim ${JSON.stringify({ usage: random.pick(USAGES), tokens: 3 })}`;
    const isOdd = ({ headers, text }) => {
      const limits = Object.entries(headers).filter(([name]) => /^x-ratelimit-.*-tokens$/.test(name));
      if (limits.some(([, value]) => !/^\d+s?$/.test(value))) return true;
      return OWN_COUNTS.test(path) && ODD_COUNT.test(text);
    };
    return { ...this.#request('every', path, JSON.stringify(CALLS[path](prompt, random.chance(0.5)))), isOdd };
  }

  /** A request whose client leaves after `leaveMs`. */
  leavingRequest(random) {
    const path = random.pick([...Object.keys(CALLS), '/v1/files']);
    const script = `@sim ${JSON.stringify({ tokens: 20, tokenDelayMs: 5 })}`;
    const body = CALLS[path] ? JSON.stringify(CALLS[path](script, random.chance(0.5))) : 'x'.repeat(30_000);
    return { ...this.#request('every', path, body), leaveMs: random.between(0, MAX_STAY_MS) };
  }

  #request(key, path, body) {
    const headers = { authorization: `Bearer ${KEYS[key]}`, 'content-type': 'application/json' };
    return { target: this.proxy, method: 'POST', path, body: Buffer.from(body), headers };
  }

  async finish(checks) {
    const headers = { authorization: `Bearer ${KEYS.every}` };
    const body = JSON.stringify(CALLS['/api/chat']('hi', false));
    const chat = await fetch(`${this.proxy.url}/api/chat`, { method: 'POST', headers, body });
    await chat.text();
    checks.check('a chat after odd usage is answered', chat.status === 200, `status ${chat.status}`);
    await sleep(1000);
    const metrics = await (await fetch(`${this.proxy.url}/metrics`)).text();
    const samples = metrics.split('\n').filter((line) => line.startsWith('llmproxy_'));
    const odd = samples.filter((line) => !/ \d+(\.\d+)?(e[-+]?\d+)?$/.test(line));
    checks.check('every metric is a number ≥ 0', samples.length > 50 && odd.length === 0, odd.slice(0, 3).join(' | '));
    const summary = await fetch(`${this.proxy.url}/v1/metrics/summary`, { headers });
    const text = await summary.text();
    const { input, output } = JSON.parse(text).tokens ?? {};
    const isReadable = summary.status === 200 && Number.isSafeInteger(input) && Number.isSafeInteger(output);
    checks.check('the summary counts tokens', isReadable && input > 0 && output > 0, `${input} in, ${output} out`);
    for (const name of ['llmproxy_upstream_running', 'llmproxy_queued_requests', 'llmproxy_inflight_streams']) {
      const values = samples.filter((line) => line.startsWith(name)).map((line) => Number(line.split(' ').at(-1)));
      const isZero = values.length > 0 && values.every((value) => value === 0);
      checks.check(`${name} is zero when idle`, isZero, values.join(', '));
    }
    const { size } = this.upstream.underWay;
    checks.check('no call of a client that left runs on', size === 0, String(size));
    checkProcess(checks, this.proxy);
    this.proxy.kill('SIGKILL');
    this.relay?.close();
    await this.redis?.down();
  }
}
