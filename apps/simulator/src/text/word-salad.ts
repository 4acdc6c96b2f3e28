import { pick } from './random.js';
import type { Random } from './random.js';
import { tokenize } from './tokens.js';

/** Language of made-up text: mixed text has characters of one to four bytes, for tests of places where text is cut. */
export const LANGUAGES = ['mixed', 'english'] as const;
export type Language = (typeof LANGUAGES)[number];

const MIXED = [
  'The green kettle sings before noon.',
  'Grüße aus München, schöne Füße überall.',
  'Seven quiet boats wait for a north wind.',
  '今日はとても良い天気です。',
  'Rain fills the old stone basin twice a week 🌧️.',
  'Der Bäcker öffnet früh, das Brot dampft noch.',
  'A small bell rings when the door moves.',
  '你好，世界。',
  'Zwölf Boxkämpfer jagen Viktor quer über den Deich.',
  'My neighbour paints fences in bright colours 🎨.',
  'Café crème et une tarte, s’il vous plaît.',
  'The map ends where the river begins.',
  'Корабль плывёт по тихой воде.',
  'Count the lamps, then count the shadows 🙂.',
  '안녕하세요, 반갑습니다.',
  'Nobody moved the ladder, yet it is gone.',
] as const;

const ENGLISH = [
  'The green kettle sings before noon.',
  'Seven quiet boats wait for a north wind.',
  'Rain fills the old stone basin twice a week.',
  'A small bell rings when the door moves.',
  'My neighbour paints fences in bright colours.',
  'The map ends where the river begins.',
  'Count the lamps, then count the shadows.',
] as const;

/** In text that people read, where it comes from. */
const NOTICES: Readonly<Record<Language, string>> = {
  mixed: '',
  english: ' This answer is made up by the simulator: no language model is involved.',
};

/** What an answer begins with, followed by the notice of the language. */
export function withNotice(opening: string, language: Language): string {
  return opening + NOTICES[language];
}

/** Some sentences after one another, each followed by a space except the last. */
export function salad(sentences: number, random: Random, language: Language): string {
  return Array.from({ length: sentences }, () => pick(sentencesIn(language), random)).join(' ');
}

/** Exactly this many tokens that begin with the given text. */
export function tokensOfLength(start: string, length: number, random: Random, language: Language): string[] {
  const tokens = tokenize(start);
  while (tokens.length < length) tokens.push(...tokenize(` ${pick(sentencesIn(language), random)}`));
  return tokens.slice(0, Math.max(0, length));
}

/** Pieces of about a kilobyte that together have about this many bytes; the pieces share their memory. */
export function hugePieces(bytes: number, random: Random, language: Language): string[] {
  const piece = `${salad(28, random, language)} `;
  const size = Buffer.byteLength(piece);
  return Array.from({ length: Math.max(1, Math.round(bytes / size)) }, () => piece);
}

function sentencesIn(language: Language): readonly [string, ...string[]] {
  return language === 'english' ? ENGLISH : MIXED;
}
