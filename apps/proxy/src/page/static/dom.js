// Building the document. Text from models and upstreams goes in as text, or through markdown.js.

export const $ = (id) => document.getElementById(id);

export function make(tag, className, ...content) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...content);
  return element;
}

export function makeButton(text, label, onClick) {
  const button = make('button', 'plain', text);
  button.type = 'button';
  if (label) button.setAttribute('aria-label', label);
  button.addEventListener('click', onClick);
  return button;
}

export const failureRow = (error) => make('li', 'bad', error.message);

export const counted = (number, noun) => `${number.toLocaleString('en')} ${noun}${number === 1 ? '' : 's'}`;

export function durationOf(seconds) {
  if (seconds < 90) return `${seconds} s`;
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`;
}

/** A block of code that scrolls sideways and can be reached with the keyboard. */
export function codeBlock(text, label) {
  const pre = make('pre', '', make('code', '', text));
  pre.tabIndex = 0;
  pre.setAttribute('aria-label', label);
  return make('div', 'code', pre);
}

/** @param textOf what is copied, at the time of the click */
export function copyButton(element, name, textOf = () => element.textContent) {
  const button = makeButton('Copy', `Copy: ${name}`, async () => {
    button.textContent = (await copy(element, textOf())) ? 'Copied' : 'Press Ctrl+C';
    setTimeout(() => (button.textContent = 'Copy'), 2000);
  });
  return button;
}

async function copy(element, text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Browsers have no clipboard for pages over plain http from another machine.
    getSelection().selectAllChildren(element);
    return document.execCommand('copy');
  }
}
