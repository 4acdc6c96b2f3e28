// The page at `/`: the models, the key, and the start of the other parts.
import { modelChosen, startChat } from './chat.js';
import { $, counted, failureRow, make, makeButton } from './dom.js';
import { askJson, forgetKey, hasKey, onKeyRequired, setKey } from './server.js';
import { fillSetup } from './setup.js';
import { showHealth, showLinks, showStatus, showVersion, watchStatus } from './status.js';

/** Rows of the model list at a time: some upstreams serve hundreds. */
const ROWS = 30;

const isChat = ({ capabilities }) => capabilities?.includes('completion') ?? true;

let models = [];
let shown = ROWS;

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
    row.append(
      makeButton('Try', `Try ${name}`, () => {
        $('model').value = name;
        choose();
        $('message').focus();
      }),
    );
  }
  return row;
}

function showChoice() {
  const before = $('model').value;
  const names = models.filter(isChat).map(({ name }) => name);
  $('model').replaceChildren(...names.map((name) => Object.assign(make('option', '', name), { value: name })));
  if (names.includes(before)) $('model').value = before;
  choose();
}

function choose() {
  const { value } = $('model');
  modelChosen(models.find(({ name }) => name === value));
  fillSetup(value);
}

// ---- start

function load() {
  $('forget').hidden = !hasKey();
  for (const part of [showVersion(), showLinks()]) part.catch(() => undefined);
  // Health is what was known last; after the list it is something.
  return loadModels().then(showHealth).then(showStatus);
}

onKeyRequired((wasRefused) => {
  $('key-hint').textContent = wasRefused
    ? 'The key was refused. Please check it.'
    : 'It stays in this tab and is forgotten when you close it.';
  $('key-hint').classList.toggle('bad', wasRefused);
  $('key-form').hidden = false;
});

$('key-form').addEventListener('submit', (event) => {
  event.preventDefault();
  setKey($('key').value.trim());
  $('key').value = '';
  $('key-form').hidden = true;
  void load();
});
$('forget').addEventListener('click', () => {
  forgetKey();
  choose();
  void load();
});
$('model').addEventListener('change', choose);
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

startChat();
watchStatus();
choose();
void load();
