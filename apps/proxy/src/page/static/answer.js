// One answer in the conversation, as it is written.
import { $, codeBlock, copyButton, counted, make } from './dom.js';
import { toNodes } from './markdown.js';

/** This near its end (in pixels) the conversation follows what is written. */
const NEAR_END = 60;
/** At least this time between two renderings of an answer, and ten times what one takes: the whole text is read again. */
const RENDER_MS = 80;

export class Answer {
  content = '';
  thinking = '';
  isDone = false;
  /** Tool calls, each with the field for its result. */
  calls = [];
  #startedAt = performance.now();
  #firstMs;
  #text = make('div', 'text');
  #box = make('div', 'said assistant', this.#text);
  #thoughts;
  #timer;
  #renderMs = 0;

  constructor(model) {
    this.#box.setAttribute('role', 'article');
    this.#box.setAttribute('aria-label', `Answer of ${model}`);
    $('log').append(this.#box);
    follow(true);
  }

  /** @throws Error with the error of a line */
  add({ message, error, ...line }) {
    if (error !== undefined) throw new Error(typeof error === 'string' ? error : JSON.stringify(error));
    const isFollowed = isNearEnd();
    if (message?.thinking || message?.content) this.#firstMs ??= performance.now() - this.#startedAt;
    if (message?.thinking) this.#think(message.thinking);
    if (message?.content) this.#write(message.content);
    for (const call of message?.tool_calls ?? []) this.#call(call);
    if (line.done) this.#finish(line);
    follow(isFollowed);
  }

  note(words) {
    this.#render();
    this.#box.append(make('p', 'figures quiet', words));
    follow(isNearEnd());
  }

  fail(words) {
    this.#render();
    const failure = make('p', 'failure', make('b', '', 'Error: '), words);
    failure.setAttribute('role', 'alert');
    if (!this.content) this.#text.remove();
    this.#box.append(failure);
    follow(true);
  }

  #write(words) {
    // What was thought is folded once the answer begins.
    if (!this.content && this.#thoughts) this.#thoughts.parentElement.open = false;
    this.content += words;
    this.#timer ??= setTimeout(() => this.#render(), Math.max(RENDER_MS, 10 * this.#renderMs));
  }

  #render() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (!this.content) return;
    const isFollowed = isNearEnd();
    const startedAt = performance.now();
    this.#text.replaceChildren(toNodes(this.content));
    this.#renderMs = performance.now() - startedAt;
    follow(isFollowed);
  }

  #think(words) {
    if (!this.#thoughts) {
      this.#thoughts = make('p', 'plain-text');
      const details = make('details', 'thinking', make('summary', '', 'Thinking'), this.#thoughts);
      details.open = true;
      this.#box.prepend(details);
    }
    this.thinking += words;
    this.#thoughts.append(words);
  }

  #call(call) {
    const { name, arguments: values } = call.function;
    const field = make('textarea');
    field.rows = 1;
    field.placeholder = 'What the tool returns';
    const label = make('label', '', `Result of ${name}`, field);
    const block = codeBlock(JSON.stringify(values, null, 2), `Arguments of ${name}`);
    this.#box.append(make('div', 'call', make('p', '', 'Calls ', make('b', '', name)), block, label));
    this.calls.push({ call, field });
  }

  #finish({ done_reason: reason, eval_count: tokens, eval_duration: nanoseconds }) {
    this.isDone = true;
    this.#render();
    if (!this.content && this.calls.length === 0) this.note('The answer has no text.');
    const figures = [];
    if (tokens) figures.push(counted(tokens, 'token'));
    if (tokens && nanoseconds) figures.push(`${rateOf((tokens / nanoseconds) * 1e9)} tokens/s`);
    if (this.#firstMs !== undefined) figures.push(`first after ${(this.#firstMs / 1000).toFixed(2)} s`);
    if (reason === 'length') figures.push('cut off at the limit of tokens');
    if (figures.length > 0) this.note(figures.join(' · '));
    if (this.content) this.#box.append(copyButton(this.#text, 'the answer', () => this.content));
  }

  /** Puts an element below the answer. */
  append(element) {
    this.#box.append(element);
    follow(true);
  }
}

const rateOf = (rate) => rate.toLocaleString('en', { maximumFractionDigits: rate < 100 ? 1 : 0 });

function isNearEnd() {
  const { scrollHeight, scrollTop, clientHeight } = $('log');
  return scrollHeight - scrollTop - clientHeight < NEAR_END;
}

export function follow(isFollowed) {
  if (isFollowed) $('log').scrollTop = $('log').scrollHeight;
}
