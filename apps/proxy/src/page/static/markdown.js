// Markdown of models as nodes. A model's text is hostile: HTML in it is shown as text, images become links, and what is
// made of it passes DOMPurify with a short list of elements. The policy of the page would block the rest.
import { Marked } from './marked.js';
import DOMPurify from './purify.js';
import { codeBlock, copyButton, make } from './dom.js';

const ALLOWED = {
  ALLOWED_TAGS: 'a blockquote br code del em h3 h4 h5 h6 hr li ol p pre strong table tbody td th thead tr ul'.split(
    ' ',
  ),
  ALLOWED_ATTR: ['href', 'title', 'start'],
  ALLOWED_URI_REGEXP: /^(?:https?|mailto):/i,
  ALLOW_DATA_ATTR: false,
  ALLOW_ARIA_ATTR: false,
  RETURN_DOM_FRAGMENT: true,
};

const ESCAPES = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escape = (text) => text.replace(/[&<>"]/g, (character) => ESCAPES[character]);

/** The level of the heading before; the page has those of the first two levels itself. */
let level = 2;

/** Models start at any level, and the outline of a page has no gaps. */
function lowerHeading(token) {
  if (token.type !== 'heading') return;
  level = Math.min(token.depth + 2, level + 1, 6);
  token.depth = level;
}

const marked = new Marked({
  gfm: true,
  breaks: true,
  walkTokens: lowerHeading,
  renderer: {
    html: ({ text }) => escape(text),
    image: ({ href, text }) => `<a href="${escape(href)}">${escape(text || href)}</a>`,
    checkbox: ({ checked }) => (checked ? '☑ ' : '☐ '),
  },
});

/** @returns a fragment of the document */
export function toNodes(text) {
  level = 2;
  const nodes = DOMPurify.sanitize(marked.parse(text), ALLOWED);
  for (const link of nodes.querySelectorAll('a')) {
    link.target = '_blank';
    link.rel = 'noopener noreferrer nofollow';
  }
  for (const pre of nodes.querySelectorAll('pre')) {
    const block = codeBlock(pre.textContent.replace(/\n$/, ''), 'Code');
    block.append(copyButton(block.firstChild, 'the code'));
    pre.replaceWith(block);
  }
  // Wide tables scroll.
  for (const table of nodes.querySelectorAll('table')) {
    const box = make('div', 'scroll');
    box.tabIndex = 0;
    box.setAttribute('role', 'group');
    box.setAttribute('aria-label', 'Table');
    table.replaceWith(box);
    box.append(table);
  }
  return nodes;
}
