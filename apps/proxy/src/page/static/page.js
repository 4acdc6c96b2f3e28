// The page at `/`. Whatever comes from models and upstreams goes into the document as text, never as HTML.

const KEY = 'key';
/** Rows of the model list at a time: some upstreams serve hundreds. */
const ROWS = 30;
/** Health is what the proxy knows already; asking costs the upstream nothing. */
const HEALTH_MS = 15_000;
/** This near its end (in pixels) the conversation follows what is written. */
const NEAR_END = 60;
/** Needs no quoting in a shell, in JSON or in Python. */
const PLAIN_NAME = /^[\w.:/@][\w.:/@+-]*$/;

const $ = (id) => document.getElementById(id);
const isChat = ({ capabilities }) => capabilities?.includes('completion') ?? true;

let models = [];
let shown = ROWS;
/** The conversation as /api/chat wants it. */
let messages = [];
/** Of the answer that is being written. */
let running;

// ---- asking the server

/** An answer's failure, in the server's words where it has any. */
async function failureOf(response) {
  const text = await response.text();
  try {
    const { error } = JSON.parse(text);
    const words = typeof error === 'string' ? error : error?.message;
    if (words) return `${words} (${response.status})`;
  } catch {
    // Not from the proxy itself.
  }
  return `The server answered ${response.status} ${response.statusText}`.trim();
}

/** Throws an Error with words for people. A 401 also asks for the key. */
async function ask(path, init = {}) {
  const key = sessionStorage.getItem(KEY);
  const headers = { accept: 'application/json', ...(key && { authorization: `Bearer ${key}` }) };
  let response;
  try {
    response = await fetch(path, { ...init, headers });
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new Error('The server cannot be reached.');
  }
  if (response.ok) return response;
  if (response.status === 401) askForKey(key !== null);
  throw new Error(await failureOf(response));
}

const askJson = async (path) => (await ask(path)).json();

function askForKey(wasRefused) {
  $('key-hint').textContent = wasRefused
    ? 'The key was refused. Please check it.'
    : 'It stays in this tab and is forgotten when you close it.';
  $('key-form').hidden = false;
}

// ---- building the document

function make(tag, className, ...content) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...content);
  return element;
}

const failureRow = (error) => make('li', 'bad', error.message);
const counted = (number, noun) => `${number.toLocaleString('en')} ${noun}${number === 1 ? '' : 's'}`;

// ---- the server and its upstreams

async function showServer() {
  const { version } = await askJson('/');
  $('version').textContent = `Ollama API ${version}`;
}

async function showLinks() {
  const { links } = await askJson('/ui/links.json');
  $('links').replaceChildren(...links.map(({ path, text }) => Object.assign(make('a', '', text), { href: path })));
  $('links').hidden = links.length === 0;
}

async function showHealth() {
  try {
    const { details } = await askJson('/health');
    $('upstreams').replaceChildren(...details.upstreams.upstreams.map(upstreamRow));
  } catch (error) {
    $('upstreams').replaceChildren(failureRow(error));
  }
}

function upstreamRow({ name, host, reachable, breaker, models: count, simulator, listAgeSeconds, lastError }) {
  const age = listAgeSeconds === undefined ? '' : `, list read ${ageOf(listAgeSeconds)} ago`;
  const isServing = reachable && breaker !== 'open';
  const facts = make(
    'div',
    '',
    make('div', 'name', `${name} · ${host}`),
    make('div', 'quiet', `${counted(count, 'model')}${age}`),
  );
  if (simulator) facts.append(make('div', 'bad', 'Simulator: answers are made up'));
  if (!isServing && lastError)
    facts.append(make('div', 'quiet', `${lastError.message} (${ageOf(lastError.secondsAgo)} ago)`));
  return make('li', '', facts, make('span', isServing ? 'state' : 'state bad', stateOf(reachable, breaker)));
}

function stateOf(reachable, breaker) {
  if (breaker === 'open') return 'Circuit open';
  return reachable ? 'Reachable' : 'Not working';
}

function ageOf(seconds) {
  if (seconds < 90) return `${seconds} s`;
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`;
}

// ---- models

async function loadModels() {
  try {
    models = (await askJson('/api/tags')).models;
    showModels();
    showChoice();
  } catch (error) {
    $('models').replaceChildren(failureRow(error));
    $('count').textContent = '';
  }
}

function showModels() {
  const words = $('filter').value.toLowerCase().split(/\s+/);
  const found = models.filter(({ name, capabilities }) => {
    const text = `${name} ${capabilities?.join(' ') ?? ''}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
  $('count').textContent =
    found.length === models.length ? counted(models.length, 'model') : `${found.length} of ${models.length}`;
  $('models').replaceChildren(...found.slice(0, shown).map(modelRow));
  if (found.length === 0) {
    $('models').append(make('li', 'quiet', models.length === 0 ? 'There are none.' : 'No model fits.'));
  }
  $('more').hidden = found.length <= shown;
  $('more').textContent = `Show more (${found.length - shown} left)`;
}

function modelRow(model) {
  const { name, capabilities = [], details } = model;
  const length = details?.context_length;
  const tags = capabilities.map((capability) => make('span', '', capability));
  const facts = make('div', '', make('div', 'name', name));
  if (length) facts.append(make('div', 'quiet', `context ${length.toLocaleString('en')} tokens`));
  facts.append(make('div', 'tags', ...tags));
  const row = make('li', '', facts);
  if (isChat(model)) {
    const choose = make('button', 'plain', 'Try');
    choose.type = 'button';
    choose.setAttribute('aria-label', `Try ${name}`);
    choose.addEventListener('click', () => {
      $('model').value = name;
      modelChosen();
      $('message').focus();
    });
    row.append(choose);
  }
  return row;
}

function showChoice() {
  const before = $('model').value;
  const names = models.filter(isChat).map(({ name }) => name);
  $('model').replaceChildren(...names.map((name) => Object.assign(make('option', '', name), { value: name })));
  if (names.includes(before)) $('model').value = before;
  modelChosen();
}

function modelChosen() {
  const model = models.find(({ name }) => name === $('model').value);
  $('think-choice').hidden = !model?.capabilities?.includes('thinking');
  $('send').disabled = !model;
  fillSetup();
}

// ---- playground

async function send() {
  const content = $('message').value.trim();
  if (!content || running || $('send').disabled) return;
  running = new AbortController();
  messages.push({ role: 'user', content });
  $('message').value = '';
  $('empty').hidden = true;
  $('log').append(make('div', 'said user', make('p', 'text', content)));
  const answer = new Answer();
  showRunning(true);
  try {
    const think = $('think-choice').hidden ? {} : { think: $('think').checked };
    const body = JSON.stringify({ model: $('model').value, ...settings(), ...think });
    const response = await ask('/api/chat', { method: 'POST', body, signal: running.signal });
    for await (const line of linesOf(response.body)) answer.add(line);
    if (!answer.isDone) throw new Error('The answer ended before it was complete.');
    $('announcement').textContent = 'The answer is complete.';
  } catch (error) {
    if (running.signal.aborted) answer.note('Stopped.');
    else answer.fail(inWords(error));
    $('announcement').textContent = running.signal.aborted ? 'Stopped.' : '';
  }
  // Without an answer there is nothing to go on from: the question is not sent along with the next one.
  if (answer.content) messages.push({ role: 'assistant', content: answer.content });
  else {
    messages.pop();
    if (!$('message').value) $('message').value = content;
  }
  running = undefined;
  showRunning(false);
}

/** The conversation and its options, with what the user has set. */
function settings() {
  const system = $('system').value.trim();
  const temperature = $('temperature').valueAsNumber;
  return {
    messages: system ? [{ role: 'system', content: system }, ...messages] : messages,
    ...(!Number.isNaN(temperature) && { options: { temperature } }),
  };
}

/** Of the browser's own errors; those of this page are words already. */
function inWords(error) {
  if (error instanceof TypeError) return 'The connection broke before the answer was complete.';
  return error instanceof SyntaxError ? 'The answer is not in the format of Ollama.' : error.message;
}

/** The objects of a body with one JSON object a line. */
async function* linesOf(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  try {
    for (;;) {
      const { done, value } = await reader.read();
      const lines = (rest + (value ?? '')).split('\n');
      rest = done ? '' : lines.pop();
      for (const line of lines) if (line.trim()) yield JSON.parse(line);
      if (done) return;
    }
  } finally {
    // Whoever stops reading early also ends the request.
    reader.cancel().catch(() => undefined);
  }
}

/** One answer in the conversation, as it is written. */
class Answer {
  content = '';
  isDone = false;
  #startedAt = performance.now();
  #firstMs;
  #text = make('p', 'text');
  #box = make('div', 'said assistant', this.#text);
  #thoughts;

  constructor() {
    this.#box.setAttribute('role', 'article');
    this.#box.setAttribute('aria-label', `Answer of ${$('model').value}`);
    $('log').append(this.#box);
    follow(true);
  }

  /** Throws the error that a line tells of. */
  add({ message, error, ...line }) {
    if (error !== undefined) throw new Error(typeof error === 'string' ? error : JSON.stringify(error));
    const isFollowed = isNearEnd();
    if (message?.thinking || message?.content) this.#firstMs ??= performance.now() - this.#startedAt;
    if (message?.thinking) this.#think(message.thinking);
    if (message?.content) {
      this.content += message.content;
      this.#text.append(message.content);
    }
    if (message?.tool_calls)
      this.note(`Wants to call ${message.tool_calls.map((call) => call.function.name).join(', ')}.`);
    if (line.done) this.#finish(line);
    follow(isFollowed);
  }

  note(words) {
    this.#box.append(make('p', 'figures quiet', words));
    follow(isNearEnd());
  }

  fail(words) {
    const failure = make('p', 'failure', make('b', '', 'Error: '), words);
    failure.setAttribute('role', 'alert');
    if (!this.content) this.#text.remove();
    this.#box.append(failure);
    follow(true);
  }

  #think(words) {
    if (!this.#thoughts) {
      this.#thoughts = make('p', 'text');
      const details = make('details', 'thinking', make('summary', '', 'Thinking'), this.#thoughts);
      details.open = true;
      this.#box.prepend(details);
    }
    this.#thoughts.append(words);
  }

  #finish({ done_reason: reason, eval_count: tokens, eval_duration: nanoseconds }) {
    this.isDone = true;
    if (!this.content) this.note('The answer has no text.');
    const figures = [];
    if (tokens) figures.push(counted(tokens, 'token'));
    if (tokens && nanoseconds) figures.push(`${rateOf((tokens / nanoseconds) * 1e9)} tokens/s`);
    if (this.#firstMs !== undefined) figures.push(`first after ${(this.#firstMs / 1000).toFixed(2)} s`);
    if (reason === 'length') figures.push('cut off at the limit of tokens');
    if (figures.length > 0) this.note(figures.join(' · '));
    if (this.content) this.#box.append(copyButton(this.#text, 'the answer'));
  }
}

const rateOf = (rate) => rate.toLocaleString('en', { maximumFractionDigits: rate < 100 ? 1 : 0 });

function isNearEnd() {
  const { scrollHeight, scrollTop, clientHeight } = $('log');
  return scrollHeight - scrollTop - clientHeight < NEAR_END;
}

function follow(isFollowed) {
  if (isFollowed) $('log').scrollTop = $('log').scrollHeight;
}

function showRunning(isRunning) {
  // Whoever listens hears the answer when it is whole instead of syllable by syllable.
  $('log').setAttribute('aria-busy', String(isRunning));
  if (isRunning) $('announcement').textContent = 'The answer is being written.';
  const hadFocus = [$('send'), $('stop')].includes(document.activeElement);
  $('stop').hidden = !isRunning;
  $('send').hidden = isRunning;
  $('clear').disabled = isRunning || $('log').childElementCount < 2;
  if (hadFocus) (isRunning ? $('stop') : $('message')).focus();
}

function clear() {
  messages = [];
  $('log').replaceChildren($('empty'));
  $('empty').hidden = false;
  $('clear').disabled = true;
  $('message').focus();
}

// ---- set-up

const templates = [...document.querySelectorAll('[data-fill]')].map((element) => [element, element.textContent]);

function fillSetup() {
  const { origin, hostname, port, protocol } = location;
  const isKeyed = sessionStorage.getItem(KEY) !== null;
  const values = {
    url: origin,
    port: port || (protocol === 'https:' ? '443' : '80'),
    // An upstream's name for a model must not become a command in somebody's shell.
    model: PLAIN_NAME.test($('model').value) ? $('model').value : 'MODEL',
    curlKey: isKeyed ? ' -H "Authorization: Bearer YOUR_KEY"' : '',
    pythonKey: isKeyed ? '\n    client_kwargs={"headers": {"Authorization": "Bearer YOUR_KEY"}},' : '',
  };
  for (const [element, template] of templates) {
    element.textContent = template.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
  }
  $('container-hint').hidden = !['localhost', '127.0.0.1', '[::1]'].includes(hostname);
  for (const element of document.querySelectorAll('[data-keyed]')) element.hidden = !isKeyed;
}

function addCopyButton(box) {
  const pre = box.querySelector('pre');
  box.append(copyButton(pre, pre.getAttribute('aria-label')));
}

function copyButton(element, name) {
  const button = make('button', 'plain', 'Copy');
  button.type = 'button';
  button.setAttribute('aria-label', `Copy: ${name}`);
  button.addEventListener('click', async () => {
    button.textContent = (await copy(element)) ? 'Copied' : 'Press Ctrl+C';
    setTimeout(() => (button.textContent = 'Copy'), 2000);
  });
  return button;
}

async function copy(element) {
  try {
    await navigator.clipboard.writeText(element.textContent);
    return true;
  } catch {
    // Browsers have no clipboard for pages that came over plain http from another machine.
    getSelection().selectAllChildren(element);
    return document.execCommand('copy');
  }
}

// ---- start

function load() {
  $('forget').hidden = sessionStorage.getItem(KEY) === null;
  for (const part of [showServer(), showLinks()]) part.catch(() => undefined);
  // Health is what was known last; after the list it is something.
  return loadModels().then(showHealth);
}

$('chat-form').addEventListener('submit', (event) => {
  event.preventDefault();
  void send();
});
$('message').addEventListener('keydown', (event) => {
  // An Enter that ends the composing of a character belongs to the keyboard.
  if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  void send();
});
$('stop').addEventListener('click', () => running?.abort());
$('clear').addEventListener('click', clear);
$('model').addEventListener('change', modelChosen);
$('filter').addEventListener('input', () => {
  shown = ROWS;
  showModels();
});
$('more').addEventListener('click', () => {
  const first = shown;
  shown += ROWS;
  showModels();
  $('models').children[first]?.querySelector('button')?.focus();
});
$('key-form').addEventListener('submit', (event) => {
  event.preventDefault();
  sessionStorage.setItem(KEY, $('key').value.trim());
  $('key').value = '';
  $('key-form').hidden = true;
  void load();
});

$('forget').addEventListener('click', () => {
  sessionStorage.removeItem(KEY);
  fillSetup();
  void load();
});

document.querySelectorAll('.code').forEach(addCopyButton);
modelChosen();
void load();
setInterval(() => {
  if (!document.hidden) void showHealth();
}, HEALTH_MS);
