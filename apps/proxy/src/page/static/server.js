// Requests to the server of this page, with the key of this tab.

const KEY = 'key';

/** What to do about an error, by its status. */
const ADVICE = {
  403: 'Ask whoever runs this server for access.',
  404: 'Choose a model of the list on this page.',
  413: 'Send a shorter message or a smaller image.',
  429: 'Wait a moment and send it again.',
  502: 'See the upstreams on this page.',
  503: 'Wait a moment and send it again.',
  504: 'See the upstreams on this page, or send it again.',
};

export const hasKey = () => sessionStorage.getItem(KEY) !== null;
export const setKey = (key) => sessionStorage.setItem(KEY, key);
export const forgetKey = () => sessionStorage.removeItem(KEY);

/** Called with whether a key was refused, when the server requires one. */
let askForKey = () => undefined;
export function onKeyRequired(handler) {
  askForKey = handler;
}

/** @throws Error with a message for people; a 401 also opens the form for the key */
export async function ask(path, init = {}) {
  const key = sessionStorage.getItem(KEY);
  const headers = { accept: 'application/json', ...(key && { authorization: `Bearer ${key}` }) };
  let response;
  try {
    response = await fetch(path, { ...init, headers });
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new Error('The server cannot be reached. Check that it runs, then send it again.');
  }
  if (response.ok) return response;
  if (response.status === 401) askForKey(key !== null);
  throw new Error(await failureOf(response));
}

export const askJson = async (path) => (await ask(path)).json();

/** The error in the server's words where it has any, with its status and what can be done. */
async function failureOf(response) {
  const advice = ADVICE[response.status] ? ` ${ADVICE[response.status]}` : '';
  const text = await response.text();
  try {
    const { error } = JSON.parse(text);
    const words = typeof error === 'string' ? error : error?.message;
    if (words) return `${words} (${response.status})${advice}`;
  } catch {
    // Not from the proxy itself.
  }
  return `The server answered ${response.status} ${response.statusText}`.trim() + `.${advice}`;
}

/** The objects of a body with one JSON object a line. */
export async function* linesOf(body) {
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
    // A reader that stops early also ends the request.
    reader.cancel().catch(() => undefined);
  }
}
