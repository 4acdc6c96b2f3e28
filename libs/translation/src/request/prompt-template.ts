import { BadRequestError, ProxyException } from '#errors';

export interface TemplateValues {
  readonly System: string;
  readonly Prompt: string;
  readonly Suffix: string;
  readonly Response: string;
}

/** A template may repeat the prompt any number of times; no model accepts more characters than this. */
const MAX_LENGTH = 16 * 1024 * 1024;

/** Templates of models have some dozens; each costs a microsecond. */
const MAX_ACTIONS = 10_000;

const VARIABLE = /^\.(System|Prompt|Suffix|Response)$/;

/**
 * `template` of /api/generate: the part of Go's template language that prompt templates use (variables and
 * if/else/end, with trim markers). Other actions are refused rather than ignored.
 * @throws BadRequestError naming the action that is not supported; ProxyException in the words of Go's parser
 */
export function renderTemplate(template: string, values: TemplateValues): string {
  const stack: boolean[] = [];
  const isShown = (): boolean => stack.every(Boolean);
  let output = '';
  let at = 0;
  let trimNext = false;
  let count = 0;
  for (const { start, end, action, trimBefore, trimAfter } of actionsIn(template)) {
    count += 1;
    if (count > MAX_ACTIONS) throw new BadRequestError('template: too many actions');
    let text = template.slice(at, start);
    if (trimNext) text = text.trimStart();
    if (trimBefore) text = text.trimEnd();
    if (isShown()) output += text;
    at = end;
    trimNext = trimAfter;
    if (action === 'end') pop(stack, template, start);
    else if (action === 'else') stack.push(!pop(stack, template, start));
    else if (action.startsWith('if ')) stack.push(lookUp(action.slice(3).trim(), values) !== '');
    else if (!action.startsWith('/*') && isShown()) output += lookUp(action, values);
    if (output.length > MAX_LENGTH) throw new BadRequestError('template: the prompt it makes is too long');
  }
  const rest = template.slice(at);
  const unclosed = template.indexOf('{{', at);
  if (unclosed >= 0) throw new ProxyException(`template: :${lineOf(template, unclosed)}: unclosed action`, 500);
  if (stack.length > 0)
    throw new ProxyException(`template: :${lineOf(template, template.length)}: unexpected EOF`, 500);
  return output + (trimNext ? rest.trimStart() : rest);
}

/** @throws BadRequestError for a template that `renderTemplate` would refuse, whatever its values */
export function checkTemplate(template: string): void {
  for (const filled of ['', 'x']) {
    renderTemplate(template, { System: filled, Prompt: filled, Suffix: filled, Response: filled });
  }
}

/** One pass through a template. */
interface Turn {
  system: string;
  prompt: string;
  response: string;
}

/** Marks where the answer begins; no text of a client has it, since it is taken out of them. */
const ANSWER_MARK = '\u0000';

/**
 * A conversation as one prompt: the template is rendered once for each turn, as Ollama does for templates without
 * `.Messages`. The last turn ends where its answer begins.
 * @throws BadRequestError as `renderTemplate`
 */
export function renderTurns(template: string, messages: readonly { role: string; content: string }[]): string {
  const turns = toTurns(messages);
  const hasResponse = /\{\{-?[^{}]*\.Response\b/.test(template);
  const rendered = turns.map(({ system, prompt, response }, index) => {
    const isLast = index === turns.length - 1;
    const values = { System: system, Prompt: prompt, Suffix: '', Response: isLast ? response + ANSWER_MARK : response };
    const text = renderTemplate(template, values);
    if (!hasResponse) return text + response;
    const end = isLast ? text.indexOf(ANSWER_MARK) : -1;
    return end < 0 ? text : text.slice(0, end);
  });
  return rendered.join('');
}

function toTurns(messages: readonly { role: string; content: string }[]): Turn[] {
  const turns: Turn[] = [];
  let last = '';
  for (const { role, content } of messages) {
    const text = content.replaceAll(ANSWER_MARK, '');
    const part = role === 'system' ? 'system' : role === 'assistant' ? 'response' : 'prompt';
    let turn = turns.at(-1);
    const isNext = !turn || (part !== last && (part === 'system' || turn.response !== ''));
    if (!turn || isNext) turns.push((turn = { system: '', prompt: '', response: '' }));
    turn[part] = turn[part] === '' ? text : `${turn[part]}\n\n${text}`;
    last = part;
  }
  return turns;
}

interface Action {
  readonly start: number;
  readonly end: number;
  readonly action: string;
  readonly trimBefore: boolean;
  readonly trimAfter: boolean;
}

/** Every `{{ … }}`, found in one pass. */
function* actionsIn(template: string): Generator<Action> {
  let start = template.indexOf('{{');
  while (start !== -1) {
    const close = template.indexOf('}}', start + 2);
    if (close === -1) return;
    const trimBefore = template[start + 2] === '-';
    const inner = template.slice(start + (trimBefore ? 3 : 2), close);
    const trimAfter = inner.endsWith('-');
    const end = close + 2;
    yield { start, end, action: (trimAfter ? inner.slice(0, -1) : inner).trim(), trimBefore, trimAfter };
    start = template.indexOf('{{', end);
  }
}

function lookUp(expression: string, values: TemplateValues): string {
  const name = VARIABLE.exec(expression)?.[1];
  if (name === undefined) {
    throw new BadRequestError(
      `template: "${expression}" is not supported here; use .System, .Prompt, .Suffix, if, else and end`,
    );
  }
  return values[name as keyof TemplateValues];
}

function pop(stack: boolean[], template: string, at: number): boolean {
  const top = stack.pop();
  if (top === undefined) throw new ProxyException(`template: :${lineOf(template, at)}: unexpected {{end}}`, 500);
  return top;
}

function lineOf(template: string, at: number): number {
  return template.slice(0, at).split('\n').length;
}
