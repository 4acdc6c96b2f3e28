import type { OpenAiDelta } from '#contracts';

/** The text of a delta: a string, or the text parts of an array (protocol D10). */
export function textOf({ content }: OpenAiDelta): string {
  if (typeof content === 'string') return content;
  return Array.isArray(content)
    ? content.map((part: unknown) => (typeOf(part) === 'thinking' ? '' : partText(part))).join('')
    : '';
}

/** The reasoning of a delta, from the first field that has any: some upstreams send it in two (protocol D11). */
export function reasoningOf(delta: OpenAiDelta): string {
  if (typeof delta.reasoning_content === 'string' && delta.reasoning_content !== '') return delta.reasoning_content;
  if (typeof delta.reasoning === 'string' && delta.reasoning !== '') return delta.reasoning;
  const details = Array.isArray(delta.reasoning_details) ? delta.reasoning_details : [];
  const text = details.map(partText).join('');
  if (text !== '' || !Array.isArray(delta.content)) return text;
  return delta.content
    .filter((part) => typeOf(part) === 'thinking')
    .map(partText)
    .join('');
}

function partText(part: unknown): string {
  if (typeof part === 'string') return part;
  if (Array.isArray(part)) return part.map(partText).join('');
  if (typeof part !== 'object' || part === null) return '';
  const { text, thinking, summary } = part as Record<string, unknown>;
  if (typeof text === 'string') return text;
  return thinking === undefined ? (typeof summary === 'string' ? summary : '') : partText(thinking);
}

function typeOf(part: unknown): unknown {
  return typeof part === 'object' && part !== null ? (part as Record<string, unknown>).type : undefined;
}
