// The settings of clients, with the address of this server and the chosen model filled in.
import { $, copyButton } from './dom.js';
import { hasKey } from './server.js';

/** Needs no quoting in a shell, in JSON, TOML, YAML or Python. */
const PLAIN_NAME = /^[\w.:/@][\w.:/@+-]*$/;

const templates = [...document.querySelectorAll('[data-fill]')].map((element) => [element, element.textContent]);

export function fillSetup(model) {
  const { origin, hostname, port, protocol } = location;
  const isKeyed = hasKey();
  const values = {
    url: origin,
    port: port || (protocol === 'https:' ? '443' : '80'),
    // A name from an upstream must not become a command in a shell.
    model: PLAIN_NAME.test(model) ? model : 'MODEL',
    key: isKeyed ? 'YOUR_KEY' : 'none',
    curlKey: isKeyed ? ' -H "Authorization: Bearer YOUR_KEY"' : '',
    pythonKey: isKeyed ? '\n    client_kwargs={"headers": {"Authorization": "Bearer YOUR_KEY"}},' : '',
  };
  for (const [element, template] of templates) {
    element.textContent = template.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
  }
  $('container-hint').hidden = !['localhost', '127.0.0.1', '[::1]'].includes(hostname);
  for (const element of document.querySelectorAll('[data-keyed]')) element.hidden = !isKeyed;
}

for (const box of document.querySelectorAll('#setup .code')) {
  const pre = box.querySelector('pre');
  box.append(copyButton(pre, pre.getAttribute('aria-label')));
}
