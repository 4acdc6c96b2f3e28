// The playground: the composer, its settings and the conversation.
import { Answer, follow } from './answer.js';
import { LANGUAGES } from './code.js';
import { $, copyButton, make, makeButton } from './dom.js';
import { ask, hasKey, linesOf } from './server.js';

const EXAMPLE_TOOLS = [
  {
    type: 'function',
    function: {
      name: 'get_weather',
      description: 'Current weather of a city',
      parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
    },
  },
];

/** The conversation as /api/chat takes it. */
let messages = [];
/** Data URLs of the images that go with the next message. */
let images = [];
/** Calls of the last answer that have no result yet. */
let openCalls = [];
/** Of the answer that is being written. */
let running;

// ---- what is sent

/** The value of a field with JSON: undefined if it is empty. @throws SyntaxError, TypeError */
function jsonOf(id, isValid, expected) {
  const text = $(id).value.trim();
  if (!text) return undefined;
  const value = JSON.parse(text);
  if (!isValid(value)) throw new TypeError(`This has to be ${expected}.`);
  return value;
}

const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
const FIELDS = {
  options: () => jsonOf('options', isObject, 'an object'),
  tools: () => jsonOf('tools', Array.isArray, 'a list of tools'),
};

/** Shows what is wrong with a field. @returns whether it can be sent */
function check(id) {
  let fault = '';
  try {
    FIELDS[id]();
  } catch (error) {
    fault = error instanceof SyntaxError ? `This is not JSON: ${error.message}` : error.message;
  }
  $(`${id}-fault`).textContent = fault;
  $(`${id}-fault`).hidden = fault === '';
  $(id).setAttribute('aria-invalid', String(fault !== ''));
  return fault === '';
}

/** A request with the conversation, what is added to it, and the settings. @throws SyntaxError, TypeError */
function requestWith(added) {
  const system = $('system').value.trim();
  const temperature = $('temperature').valueAsNumber;
  const options = { ...FIELDS.options(), ...(!Number.isNaN(temperature) && { temperature }) };
  const tools = FIELDS.tools();
  return {
    model: $('model').value,
    messages: [...(system ? [{ role: 'system', content: system }] : []), ...messages, ...added],
    ...(Object.keys(options).length > 0 && { options }),
    ...(tools && { tools }),
    ...(!$('think-choice').hidden && { think: $('think').checked }),
  };
}

/** The results of open calls, and the message in the composer. */
function composed() {
  const results = openCalls.map(({ call, field }) => ({
    role: 'tool',
    content: field.value || 'no result',
    tool_name: call.function.name,
    ...(call.id && { tool_call_id: call.id }),
  }));
  const content = $('message').value.trim();
  if (!content && images.length === 0) return results;
  const pictures = images.map((url) => url.slice(url.indexOf(',') + 1));
  return [...results, { role: 'user', content, ...(pictures.length > 0 && { images: pictures }) }];
}

// ---- sending

export async function send() {
  const added = composed();
  if (added.length === 0 || running || $('send').disabled) return;
  const invalid = Object.keys(FIELDS).find((id) => !check(id));
  if (invalid) {
    $('settings').open = true;
    $(invalid).focus();
    return;
  }
  const request = requestWith(added);
  const draft = { content: $('message').value, images, openCalls };
  running = new AbortController();
  $('message').value = '';
  images = [];
  openCalls = [];
  showImages();
  for (const { field } of draft.openCalls) field.readOnly = true;
  $('results').hidden = true;
  $('empty').hidden = true;
  if (added.at(-1).role === 'user') $('log').append(userTurn(added.at(-1).content, draft.images));
  const answer = new Answer(request.model);
  showRunning(true);
  try {
    const response = await ask('/api/chat', {
      method: 'POST',
      body: JSON.stringify(request),
      signal: running.signal,
    });
    for await (const line of linesOf(response.body)) answer.add(line);
    if (!answer.isDone) throw new Error('The answer ended before it was complete.');
    $('announcement').textContent = 'The answer is complete.';
  } catch (error) {
    if (running.signal.aborted) answer.note('Stopped.');
    else answer.fail(inWords(error));
    $('announcement').textContent = running.signal.aborted ? 'Stopped.' : '';
  }
  finish(answer, added, draft);
  running = undefined;
  showRunning(false);
}

/** Without an answer there is nothing to go on from: what was sent returns to the composer. */
function finish(answer, added, draft) {
  const { content, thinking, calls, isDone } = answer;
  const toolCalls = isDone ? calls.map(({ call }) => call) : [];
  if (content || toolCalls.length > 0) {
    const turn = { role: 'assistant', content, ...(toolCalls.length > 0 && { tool_calls: toolCalls }) };
    messages.push(...added, toolCalls.length > 0 && thinking ? { ...turn, thinking } : turn);
    if (toolCalls.length === 0) return;
    openCalls = calls;
    answer.append($('results'));
    $('results').hidden = false;
    return;
  }
  if (!$('message').value) $('message').value = draft.content;
  images = [...draft.images, ...images];
  openCalls = draft.openCalls;
  for (const { field } of openCalls) field.readOnly = false;
  $('results').hidden = openCalls.length === 0;
  showImages();
}

/** Of the browser's own errors; those of this page are words already. */
function inWords(error) {
  if (error instanceof TypeError) return 'The connection broke before the answer was complete. Send it again.';
  return error instanceof SyntaxError ? 'The answer is not in the format of Ollama.' : error.message;
}

function userTurn(content, pictures) {
  const turn = make('div', 'said user');
  if (content) turn.append(make('p', 'plain-text', content));
  if (pictures.length > 0) turn.append(make('div', 'pictures', ...pictures.map(pictureOf)));
  return turn;
}

function pictureOf(url, index) {
  return Object.assign(make('img'), { src: url, alt: `Attached image ${index + 1}` });
}

function showRunning(isRunning) {
  // A screen reader reads the answer when it is whole instead of by syllables.
  $('log').setAttribute('aria-busy', String(isRunning));
  if (isRunning) $('announcement').textContent = 'The answer is being written.';
  const hadFocus = [$('send'), $('stop')].includes(document.activeElement);
  $('stop').hidden = !isRunning;
  $('send').hidden = isRunning;
  $('clear').disabled = isRunning || $('log').querySelector('.said') === null;
  if (hadFocus) (isRunning ? $('stop') : $('message')).focus();
  showCode();
}

function clear() {
  messages = [];
  openCalls = [];
  $('log').replaceChildren($('empty'), $('results'));
  $('results').hidden = true;
  $('empty').hidden = false;
  $('clear').disabled = true;
  $('message').focus();
  showCode();
}

// ---- images

async function attach(files) {
  const pictures = [...files].filter(({ type }) => type.startsWith('image/'));
  images.push(...(await Promise.all(pictures.map(readAsUrl))));
  showImages();
}

function readAsUrl(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result);
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(file);
  });
}

function showImages() {
  $('images').replaceChildren(
    ...images.map((url, index) => {
      const remove = makeButton('×', `Remove image ${index + 1}`, () => {
        images.splice(index, 1);
        showImages();
        $('message').focus();
      });
      return make('li', '', pictureOf(url, index), remove);
    }),
  );
  $('images').hidden = images.length === 0;
  showCode();
}

// ---- as code

/** Written when it is open: conversations may be long. */
export function showCode() {
  if (!$('as-code').open) return;
  const language = new FormData($('chat-form')).get('language');
  try {
    const added = composed();
    const isEmpty = added.length === 0 && messages.length === 0;
    const request = requestWith(isEmpty ? [{ role: 'user', content: 'Hello!' }] : added);
    $('code').textContent = LANGUAGES[language](location.origin, request, hasKey());
  } catch (error) {
    $('code').textContent = error.message;
  }
}

// ---- start

export function modelChosen(model) {
  const can = (capability) => model?.capabilities?.includes(capability) === true;
  $('think-choice').hidden = !can('thinking');
  $('attach').hidden = !can('vision');
  $('send').disabled = !model;
  showCode();
}

export function startChat() {
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
  $('results').addEventListener('click', () => void send());
  $('stop').addEventListener('click', () => running?.abort());
  $('clear').addEventListener('click', clear);
  $('attach').addEventListener('click', () => $('files').click());
  $('files').addEventListener('change', async () => {
    await attach($('files').files);
    $('files').value = '';
    $('message').focus();
  });
  $('message').addEventListener('paste', ({ clipboardData }) => {
    if (!$('attach').hidden) void attach(clipboardData.files);
  });
  for (const id of Object.keys(FIELDS)) $(id).addEventListener('input', () => check(id));
  $('example-tools').addEventListener('click', () => {
    $('tools').value = JSON.stringify(EXAMPLE_TOOLS, null, 2);
    check('tools');
    showCode();
  });
  $('as-code').addEventListener('toggle', showCode);
  $('chat-form').addEventListener('input', showCode);
  $('code-box').append(copyButton($('code').parentElement, 'the code'));
  follow(true);
}
