import type { OpenAiContentPart, OpenAiMessage } from '#contracts';

type Content = OpenAiMessage['content'];

/** Content as parts; none for an empty text. */
function toParts(content: Content): OpenAiContentPart[] {
  if (Array.isArray(content)) return content;
  return content ? [{ type: 'text', text: content }] : [];
}

/** Parts as content: texts alone are one text, since fewer upstreams accept parts (protocol D31). */
export function fromParts(parts: OpenAiContentPart[]): string | OpenAiContentPart[] {
  return parts.every((part) => part.type === 'text') ? parts.map((part) => part.text).join('\n\n') : parts;
}

/** The contents of several messages as that of one. Joined one by one, the first ones would be copied again and again. */
export function joinContents(contents: readonly Content[]): Content {
  if (contents.every((content) => content === null)) return null;
  const parts = contents.flatMap(toParts);
  return contents.some(Array.isArray) ? parts : fromParts(parts);
}
