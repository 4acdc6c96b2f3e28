/** What of some kind stands in a text, in order of appearance. */
export type Find = (text: string) => string[];

const QUOTED =
  /```[^\n]*\n([\s\S]*?)\n?```|`([^`\n]+)`|"([^"\n]+)"|“([^”\n]+)”|(?<![\p{L}\d])'([^'\n]+)'(?![\p{L}\d])/gu;
/** Quoted texts that are no paths. */
const QUOTED_TEXT = /"[^"\n]*\s[^"\n]*"|`[^`\n]*\s[^`\n]*`/g;
const WORKING_FOLDER =
  /\b(?:(?:current |primary )?working (?:directory|folder)|current directory|working in the directory|cwd)\b["'`*]{0,3}\s?(?::|=|is)[\s"'`*]{0,4}(\/[^\s"'`<>]+)/i;
const URL_FORM = /\bhttps?:\/\/[^\s"'`<>)]+[^\s"'`<>).,;!?]/g;
const EMAIL = /[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g;
const DATE = /\b\d{4}-\d{2}-\d{2}\b/g;
/** Rooted, or with a suffix as files have; abbreviations such as "e.g." are neither. */
const PATH =
  /(?<![\w/.:@])(?:(?:~|\.{1,2})?\/[\w@.-]+(?:\/[\w@.-]+)*|(?:[\w@-][\w@.-]*\/)*(?!(?:e\.g|i\.e)\b)[\w@-]+\.[A-Za-z]\w{0,7})\b\/?/g;
const PLACE = /\b(?:in|at|for|near|from|to|of)\s+(\p{Lu}[\p{L}'’-]+(?:\s+\p{Lu}[\p{L}'’-]+)*)/gu;
const COMMAND = /\b(?:run|execute)\s+(?:the\s+)?(?:command\s+)?([^\n"'`]+?)[.!?]*$/gim;
const SAID = /\b(?:saying|containing|reading|(?:content|text|words?)(?:\s+is)?:)\s+([^\n]+)/gi;
const NUMBER = /(?<![\w.])(?:(?<![\d)]\s?)-)?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?!\d)/g;
const OPERATION = /(?<![-(])[-(]*\d[\d.]*\)*(?:\s*(?:\*\*|[-+*/^%])\s*[-(]*\d[\d.]*\)*)+/g;

const OPERATORS: readonly (readonly [RegExp, string])[] = [
  [/×|(?<=\d\s*)\b(?:times|multiplied by)\b|(?<=\d\s*)x(?=\s*\d)/gi, '*'],
  [/÷|\bdivided by\b/gi, '/'],
  [/\bplus\b/gi, '+'],
  [/\bminus\b/gi, '-'],
];

export const findUrls: Find = (text) => text.match(URL_FORM) ?? [];
export const findEmails: Find = (text) => text.match(EMAIL) ?? [];
export const findDates: Find = (text) => text.match(DATE) ?? [];
export const findPaths: Find = (text) => without(text, URL_FORM, EMAIL).match(PATH) ?? [];
export const findPlaces: Find = (text) => groups(text, PLACE);

/** Sums such as `6*7`, also with the operators in words. */
export const findOperations: Find = (text) => {
  const symbols = OPERATORS.reduce(
    (result, [form, symbol]) => result.replaceAll(form, symbol),
    without(text, DATE, URL_FORM),
  );
  return (symbols.match(OPERATION) ?? []).map((sum) => sum.replace(/\.$/, ''));
};

/** Commands that the text has, or one for what it wants done with a file. */
export const findCommands: Find = (text) => {
  const written = [...groups(text, QUOTED), ...groups(text, COMMAND)];
  if (/\b(run|execute)\b/i.test(text)) return written;
  const [path] = findPaths(without(text, QUOTED_TEXT));
  const [content] = findContents(text);
  const file = path ?? findPaths(text)[0];
  if (file === undefined) return written;
  if (/\b(write|save|put|create)\b/i.test(text) && content !== undefined)
    return [`printf %s ${toShellWord(content)} > ${toShellWord(file)}`];
  return /\b(read|show|print|open)\b/i.test(text) ? [`cat ${toShellWord(file)}`] : written;
};

function toShellWord(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** Folders: paths whose last part has no suffix. */
export const findFolders: Find = (text) => findPaths(text).filter((path) => !/\.[^/]+$/.test(path));

/** The folder that a program works in, as its instructions name it. */
export function findWorkingFolder(text: string): string | undefined {
  return WORKING_FOLDER.exec(text)?.[1];
}

/** Fenced and quoted texts, file names left out; what follows "saying" where nothing is quoted. */
export const findContents: Find = (text) => {
  const quoted = groups(text, QUOTED).filter((content) => findPaths(content)[0] !== content);
  return quoted.length > 0 ? quoted : groups(text, SAID);
};

export const findQuestions: Find = (text) => [...groups(text, QUOTED), text.trim()];

/** The numbers that are not part of something longer. */
export function findNumbers(text: string): number[] {
  const numbers = without(text, QUOTED, URL_FORM, DATE, PATH).match(NUMBER) ?? [];
  return numbers.map((digits) => Number(digits.replaceAll(',', '')));
}

/** The value the text gives under a name: `city: Paris`, `city=Paris`, `"city": "Paris"`, `the city is Paris`. */
export function findNamed(text: string, words: readonly string[]): string | undefined {
  const name = words.map((word) => word.replace(/[^\p{L}\d]/gu, String.raw`\$&`)).join('[ _-]?');
  const value = String.raw`"([^"\n]*)"|'([^'\n]*)'|\x60([^\x60\n]*)\x60|([^\s"'\x60,;{}]*[^\s"'\x60,;{}.!?])`;
  const form = new RegExp(String.raw`(?<![\p{L}\d])${name}["'\x60]?(?:\s*[:=]\s*|\s+is\s+)(?:${value})`, 'iu');
  return form
    .exec(text)
    ?.slice(1)
    .find((group: string | undefined) => group !== undefined);
}

/** Whether a word stands in a text, in any case. */
export function hasWord(text: string, word: string): boolean {
  const at = text.toLowerCase().split(/[^\p{L}\d]+/u);
  return at.includes(word.toLowerCase());
}

/** The parts of a name: `filePath`, `file_path` and `file-path` have the same. */
export function wordsOf(name: string): string[] {
  return name
    .replaceAll(/(\p{Ll}|\d)(\p{Lu})/gu, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\d]+/u)
    .filter((word) => word !== '');
}

function groups(text: string, form: RegExp): string[] {
  return [...text.matchAll(form)].flatMap(
    (match) => match.slice(1).find((group: string | undefined) => group !== undefined) ?? [],
  );
}

function without(text: string, ...forms: RegExp[]): string {
  return forms.reduce((rest, form) => rest.replaceAll(form, ' '), text);
}
