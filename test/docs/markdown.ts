import { globSync, readFileSync } from 'node:fs';

/** A fenced block of code. */
export interface Block {
  /** `docs/metrics.md:12`, where its fence opens. */
  readonly at: string;
  readonly file: string;
  readonly language: string;
  readonly code: string;
}

const FENCE = /^ *```(\S*)[^\n]*\n([^]*?)^ *```$/gm;

/** Every Markdown file of the project, from its root. */
export const documents: readonly string[] = globSync('**/*.md', {
  exclude: (path) => /^(node_modules|dist|coverage|\.git)(\/|$)/.test(path),
}).toSorted();

function read(file: string): string {
  return readFileSync(file, 'utf8');
}

export function blocksOf(file: string): Block[] {
  const text = read(file);
  return [...text.matchAll(FENCE)].map(({ 1: language = '', 2: code = '', index }) => ({
    at: `${file}:${String(text.slice(0, index).split('\n').length)}`,
    file,
    language,
    code,
  }));
}

/** A document without its blocks of code. */
export function proseOf(file: string): string {
  return read(file).replace(FENCE, '');
}

/** The cells of every row of every table, heads left out. */
export function rowsOf(file: string): string[][] {
  return proseOf(file)
    .split('\n')
    .filter((line, index, lines) => line.startsWith('|') && !/^\|[-|: ]+$/.test(lines[index + 1] ?? ''))
    .filter((line) => !/^\|[-|: ]+$/.test(line))
    .map((line) =>
      line
        .slice(1, -1)
        .split(/(?<!\\)\|/)
        .map((cell) => cell.trim().replaceAll('\\|', '|')),
    );
}

/** What stands in code marks. */
export function codeIn(text: string): string[] {
  return [...text.matchAll(/(`+) ?([^]+?) ?\1/g)].map(([, , code = '']) => code);
}
