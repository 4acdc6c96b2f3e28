/** Notes that programs add to a message stand in tags of several words, such as `<system-reminder>`. */
const NOTE = /<([a-z]+(?:[-_][a-z]+)+)(?:\s[^>]*)?>/gi;

/** Tags of what the user wrote. */
const WORDS = /<(task|feedback|answer|user_message|user_query|question|query|prompt)>([\s\S]*?)<\/\1>/gi;

/** The user's own words in a message, which programs may put into a tag or a JSON string, among notes of their own. */
export function userWords(text: string): string {
  const tagged = [...text.matchAll(WORDS)].at(-1)?.[2];
  const words = (tagged ?? withoutNotes(text)).trim();
  return fromJson(words === '' ? text.trim() : words);
}

function withoutNotes(text: string): string {
  let kept = '';
  let at = 0;
  const unclosed = new Set<string>();
  for (const { index, 1: name = '' } of text.matchAll(NOTE)) {
    if (index < at || unclosed.has(name)) continue;
    const close = `</${name}>`;
    const end = text.indexOf(close, index);
    if (end === -1) unclosed.add(name);
    else {
      kept += text.slice(at, index);
      at = end + close.length;
    }
  }
  return kept + text.slice(at);
}

function fromJson(text: string): string {
  if (!text.startsWith('"') || !text.endsWith('"')) return text;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'string' ? value : text;
  } catch {
    return text;
  }
}
