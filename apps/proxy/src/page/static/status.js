// The state of the server and of its upstreams.
import { $, counted, durationOf, failureRow, make, makeButton } from './dom.js';
import { ask, askJson } from './server.js';

/** Health is what the proxy knows already; it calls no upstream. */
const POLL_MS = 15_000;
/** Requests per minute are those of about the last minute. */
const WINDOW_MS = 60_000;

/** Path of the summary of the metrics; undefined where there are none. */
let summaryPath;
/** Numbers of requests at times of the last minute. */
let samples = [];

export async function showLinks() {
  const { links } = await askJson('/ui/links.json');
  const metrics = links.find(({ text }) => text === 'Metrics');
  summaryPath = metrics && `${metrics.path}/summary`;
  $('links').replaceChildren(...links.map(({ path, text }) => Object.assign(make('a', '', text), { href: path })));
  $('links').hidden = links.length === 0;
}

export async function showVersion() {
  const { version } = await askJson('/');
  $('version').textContent = `Ollama API ${version}`;
}

export async function showHealth() {
  try {
    const { details } = await askJson('/health');
    $('upstreams').replaceChildren(...details.upstreams.upstreams.map(upstreamRow));
  } catch (error) {
    $('upstreams').replaceChildren(failureRow(error));
  }
}

function upstreamRow(upstream) {
  const { name, host, reachable, breaker, running, queued, models, simulator, listAgeSeconds, lastError } = upstream;
  const age = listAgeSeconds === undefined ? '' : `, list read ${durationOf(listAgeSeconds)} ago`;
  const isServing = reachable && breaker !== 'open';
  const facts = make(
    'div',
    '',
    make('div', 'name', `${name} · ${host}`),
    make('div', 'quiet', `${counted(models, 'model')}${age}`),
    make('div', 'quiet', `Circuit ${breaker} · ${running} running · ${queued} queued`),
  );
  if (simulator) facts.append(make('div', 'bad', 'Simulator: answers are made up'));
  if (!isServing && lastError)
    facts.append(make('div', 'quiet', `${lastError.message} (${durationOf(lastError.secondsAgo)} ago)`));
  return make('li', '', facts, make('span', isServing ? 'state' : 'state bad', stateOf(reachable, breaker)));
}

function stateOf(reachable, breaker) {
  if (breaker === 'open') return 'Circuit open';
  return reachable ? 'Reachable' : 'Not working';
}

// ---- the part that is loaded when it is opened

async function showFigures() {
  if (!summaryPath) return;
  const { requests, models, tokens, upstreams, uptime_seconds: uptime } = await askJson(summaryPath);
  const total = models.reduce((sum, model) => sum + model.requests, 0);
  const sumOf = (field) => upstreams.reduce((sum, upstream) => sum + (upstream[field] ?? 0), 0);
  const now = performance.now();
  samples = [...samples.filter(({ at }) => now - at <= WINDOW_MS), { at: now, total }];
  const figures = [
    ['Requests per minute', rate(total, uptime)],
    ['Running', sumOf('running')],
    ['Queued', sumOf('queued')],
    ['Failed since the start', requests.failed],
    ['Tokens in and out', `${number(tokens.input ?? 0)} · ${number(tokens.output ?? 0)}`],
    ['Running for', durationOf(uptime)],
  ];
  $('figures').replaceChildren(
    ...figures.map(([name, value]) =>
      make('div', '', make('dt', 'quiet', name), make('dd', '', typeof value === 'number' ? number(value) : value)),
    ),
  );
}

const number = (value) => value.toLocaleString('en', { maximumFractionDigits: 1 });

/** Of the last minute; before there are two samples, of the time since the start. */
function rate(total, uptime) {
  const [first] = samples;
  const { at } = samples.at(-1);
  return at > first.at ? ((total - first.total) / (at - first.at)) * 60_000 : (total / Math.max(uptime, 60)) * 60;
}

async function showAdaptations() {
  try {
    const { workers, adaptations } = await askJson('/v1/adaptations');
    $('adaptations').replaceChildren(...adaptations.map(adaptationRow));
    if (adaptations.length === 0)
      $('adaptations').append(make('li', 'quiet', 'Nothing: requests are sent as they are.'));
    $('workers').hidden = workers === 1;
    $('workers').textContent = `This is one of ${workers} processes, and each learns by itself.`;
    $('forget-all').hidden = adaptations.length < 2;
  } catch (error) {
    $('adaptations').replaceChildren(make('li', 'quiet', error.message));
    $('forget-all').hidden = true;
  }
}

function adaptationRow({ id, upstream, model, adaptation, scope, reason, expiresInSeconds }) {
  const requests = scope === 'all' ? '' : `, for requests with ${scope === 'tools' ? 'tools' : 'a schema'}`;
  const facts = make(
    'div',
    '',
    make('div', 'name', adaptation),
    make('div', 'quiet', `${model} at ${upstream}${requests}, for ${durationOf(expiresInSeconds)} more`),
  );
  if (reason) facts.append(make('div', 'reason', `Because of: ${reason}`));
  return make(
    'li',
    '',
    facts,
    makeButton('Forget', `Forget: ${adaptation}, ${model}`, () => forget(`/${id}`)),
  );
}

async function forget(path) {
  await ask(`/v1/adaptations${path}`, { method: 'DELETE' }).catch(() => undefined);
  await showAdaptations();
  $('status-summary').focus();
}

export function showStatus() {
  if (!$('status-details').open) return;
  showFigures().catch((error) => $('figures').replaceChildren(make('div', 'bad', error.message)));
  void showAdaptations();
}

export function watchStatus() {
  $('status-details').addEventListener('toggle', showStatus);
  $('forget-all').addEventListener('click', () => forget(''));
  setInterval(() => {
    if (document.hidden) return;
    void showHealth();
    showStatus();
  }, POLL_MS);
}
