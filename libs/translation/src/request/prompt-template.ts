import { BadRequestError } from '#errors';

export interface TemplateValues {
  readonly System: string;
  readonly Prompt: string;
  readonly Suffix: string;
  readonly Response: string;
}

const ACTION = /\{\{(-?)\s*(.*?)\s*(-?)\}\}/gs;
const VARIABLE = /^\.(System|Prompt|Suffix|Response)$/;

/**
 * `template` of /api/generate: the part of Go's template language that prompt templates are made of (variables and
 * if/else/end, with trim marks). The rest cannot be run here and is refused rather than ignored.
 * @throws BadRequestError naming the action that is not supported
 */
export function renderTemplate(template: string, values: TemplateValues): string {
  const stack: boolean[] = [];
  const isShown = (): boolean => stack.every(Boolean);
  let output = '';
  let at = 0;
  let trimNext = false;
  for (const match of template.matchAll(ACTION)) {
    const [whole, trimBefore, action = '', trimAfter] = match;
    let text = template.slice(at, match.index);
    if (trimNext) text = text.trimStart();
    if (trimBefore) text = text.trimEnd();
    if (isShown()) output += text;
    at = match.index + whole.length;
    trimNext = trimAfter === '-';
    if (action === 'end') pop(stack);
    else if (action === 'else') stack.push(!pop(stack));
    else if (action.startsWith('if ')) stack.push(lookUp(action.slice(3).trim(), values) !== '');
    else if (!action.startsWith('/*') && isShown()) output += lookUp(action, values);
  }
  if (stack.length > 0) throw new BadRequestError('template: unexpected end: an "if" is not closed');
  const rest = template.slice(at);
  if (rest.includes('{{')) throw new BadRequestError('template: unclosed action');
  return output + (trimNext ? rest.trimStart() : rest);
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

function pop(stack: boolean[]): boolean {
  const top = stack.pop();
  if (top === undefined) throw new BadRequestError('template: unexpected {{end}}');
  return top;
}
