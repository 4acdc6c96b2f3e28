/** Bodies of the largest size in the shapes that cost most: how long each stops the event loop, and what memory it takes. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../bench/processes.mjs';
import { say } from './checks.mjs';
import { Probe } from './probe.mjs';
import { checkProcess, startProxy } from './processes.mjs';

/** The default of REQUEST_MAX_SIZE. */
const BODY_BYTES = 10 * 1024 * 1024;

/** 60 % of 512 Mi, as deploy/kubernetes has it; the other flags of the container are those of every run. */
const HEAP_FLAG = '--max-old-space-size=307';

/** What the C library is set to in the container. */
const CONTAINER = { MALLOC_ARENA_MAX: '1', MALLOC_TRIM_THRESHOLD_: '1048576' };

/** Several times what docs/reliability.md lists: a busy machine must not fail the run, a loop in the square of the size must. */
const MAX_STALL_MS = 2500;
const MAX_GROWTH_MB = 160;

const CHAT = '{"model":"m","stream":false,"messages":[';
const USER = '{"role":"user","content":"x"';
const CALL = '{"function":{"name":"f","arguments":{}}}';
const KILOBYTE = `{"role":"user","content":"${'x'.repeat(1000)}"}`;

/** By name: path, beginning, what is repeated, end, and how often if not until the body is full. */
const SHAPES = {
  'messages that are `{}`': ['/api/chat', `${CHAT}{}`, ',{}', ']}'],
  'images that are `""`': ['/api/chat', `${CHAT}{"role":"user","images":[""`, ',""', ']}]}'],
  'tools that are `{}`': ['/api/chat', `${CHAT}${USER}}],"tools":[{}`, ',{}', ']}'],
  'tool results': ['/api/chat', `${CHAT}{"role":"tool"}`, ',{"role":"tool"}', ']}'],
  'tool calls': ['/api/chat', `${CHAT}{"role":"assistant","tool_calls":[${CALL}`, `,${CALL}`, ']}]}'],
  'stop sequences': ['/api/chat', `${CHAT}${USER}}],"options":{"stop":["a"`, ',"bcdefghi"', ']}}'],
  'inputs to embed': ['/api/embed', '{"model":"m","input":["a"', ',"a"', ']}'],
  '`context` of small numbers': ['/api/generate', '{"model":"m","stream":false,"prompt":"x","context":[0', ',0', ']}'],
  'invalid JSON': ['/api/chat', '{"model":"m","a":[0', ',0', '!'],
  'nested lists': ['/api/chat', `${CHAT}${USER}}],"x":`, '[', ''],
  'ignored lists': ['/api/chat', `${CHAT}${USER}}],"x":[[]`, ',[]', ']}'],
  'a template of placeholders': [
    '/api/generate',
    '{"model":"m","stream":false,"prompt":"x","template":"',
    '{{.Prompt}}',
    '"}',
  ],
  'one text': ['/api/chat', `${CHAT}{"role":"user","content":"`, 'x', '"}]}'],
  'one text of escapes': ['/api/chat', `${CHAT}{"role":"user","content":"`, '\\n', '"}]}'],
  '9,900 messages of 1 KB': ['/api/chat', `${CHAT}${KILOBYTE}`, `,${KILOBYTE}`, ']}', 9899],
  'one text, below `/v1`': ['/v1/chat/completions', `${CHAT}{"role":"user","content":"`, 'x', '"}]}'],
  'one text of escapes, below `/v1`': ['/v1/chat/completions', `${CHAT}{"role":"user","content":"`, '\\"', '"}]}'],
  'lists, below `/v1`': ['/v1/chat/completions', `${CHAT}[]`, ',[]', ']}'],
};

/** Writes a row of the table for each shape. */
export async function bodies(checks) {
  const upstream = await startUpstream();
  say('\n| Body | Stall | Peak memory | Response |\n|---|---|---|---|');
  const rows = [];
  for (const [name, shape] of Object.entries(SHAPES)) {
    const row = await weigh(shape, upstream.url, checks);
    say(`| ${name} | ${row.stallMs} ms | ${row.peakMb} MB | ${row.status} |`);
    rows.push({ name, ...row });
  }
  say('');
  const worst = (field) => rows.reduce((left, right) => (right[field] > left[field] ? right : left));
  const stall = worst('stallMs');
  checks.check(
    'no body stops the event loop for long',
    stall.stallMs <= MAX_STALL_MS,
    `${stall.stallMs} ms: ${stall.name}`,
  );
  const growth = worst('growthMb');
  checks.check('no body takes much memory', growth.growthMb <= MAX_GROWTH_MB, `${growth.growthMb} MB: ${growth.name}`);
  const odd = rows.filter(({ status }) => status !== 200 && status !== 400);
  checks.check(
    'each body is answered or refused',
    odd.length === 0,
    odd.map(({ name, status }) => `${name}: ${status}`).join(),
  );
  const accepted = rows.filter(({ status }) => status === 200).length;
  checks.check('bodies of both kinds were sent', accepted > 2 && accepted < rows.length - 2, `${accepted} accepted`);
  upstream.close();
}

/** One body against a process of its own. */
async function weigh([path, beginning, unit, end, count], url, checks) {
  const inspectorPort = await freePort();
  const proxy = await startProxy({ OPENAI_API_BASE_URL: url, MAX_EVENT_LOOP_LAG: '0', ...CONTAINER }, [
    HEAP_FLAG,
    `--inspect=127.0.0.1:${inspectorPort}`,
  ]);
  const inside = await Probe.connect(inspectorPort);
  const fitting = Math.floor((BODY_BYTES - beginning.length - end.length) / unit.length);
  const body = Buffer.from(beginning + unit.repeat(count ?? fitting) + end);
  // Code that every process runs once: it is loaded and compiled before.
  await (await fetch(proxy.url + path, { method: 'POST', body: `${CHAT}${USER}}],"prompt":"x","input":"x"}` })).text();
  await inside.evaluate(
    `globalThis.delay = process.getBuiltinModule('node:perf_hooks').monitorEventLoopDelay({ resolution: 1 }); delay.enable()`,
  );
  const idleMb = peakMb(proxy.pid);
  await sleep(50);
  await inside.evaluate('delay.reset(); globalThis.before = process.cpuUsage()');
  const response = await fetch(proxy.url + path, { method: 'POST', body }).catch(() => ({ status: 0 }));
  await response.text?.();
  // The histogram has the delay of the last turn a moment later.
  await sleep(50);
  // The loop cannot be busy for longer than the process had a processor: what other programs took of it does not count.
  const cpuMs = await inside.evaluate('const used = process.cpuUsage(before); (used.user + used.system) / 1000');
  const stallMs = Math.round(Math.min((await inside.evaluate('delay.max')) / 1e6, cpuMs));
  const peak = peakMb(proxy.pid);
  if (proxy.exitCode !== null || proxy.signalCode !== null) checkProcess(checks, proxy);
  inside.close();
  proxy.kill('SIGKILL');
  await proxy.ended;
  return { stallMs, peakMb: peak, growthMb: peak - idleMb, status: response.status };
}

/** An upstream in this process that reads a body and answers at once. */
async function startUpstream() {
  const message = { role: 'assistant', content: 'ok' };
  const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 };
  const answer = {
    id: 'x',
    object: 'chat.completion',
    created: 1,
    model: 'm',
    choices: [{ index: 0, message, finish_reason: 'stop' }],
    usage,
  };
  const list = {
    object: 'list',
    data: [{ id: 'm', object: 'model', created: 1, owned_by: 'x', context_length: 8192 }],
  };
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(request.method === 'GET' ? list : answer));
    });
  });
  const port = await freePort();
  await new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${port}/v1`, close: () => server.close() };
}

/** The most resident memory that a process has had, in MB. */
function peakMb(pid) {
  return Math.round(Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024);
}
