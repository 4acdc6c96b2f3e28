/** Writes rows between the markers of NOTES.md; the rest of that file is written by hand. */
import { readFileSync, writeFileSync } from 'node:fs';
import { subjectOf, verdict } from './summary.mjs';
import { comparison, number, SIGN, signed } from './table.mjs';

const FILE = new URL('NOTES.md', import.meta.url);
const BEGIN = '<!-- measured -->';
const END = '<!-- /measured -->';

/** @param machine one line of text @param rounds number of measured rounds */
export function writeDocument(rows, machine, rounds) {
  const page = readFileSync(FILE, 'utf8');
  const [before, rest] = page.split(BEGIN);
  const after = rest.split(END)[1];
  writeFileSync(FILE, `${before}${BEGIN}\n\n${toMarkdown(rows, machine, rounds)}\n\n${END}${after}`);
}

function toMarkdown(rows, machine, rounds) {
  const head = ['case', 'measure', 'R', 'proxy', 'against R (min … max)', 'goal / stretch', ''];
  const lines = rows.map((row, index) => toLine(row, row.case === rows[index - 1]?.case));
  const met = rows.filter((row) => ['met', 'stretch'].includes(verdict(row))).length;
  const judged = rows.filter((row) => verdict(row) !== undefined).length;
  return [
    `${machine}, ${rounds} interleaved rounds. ${met} of ${judged} goals are met.`,
    '',
    toRow(head),
    toRow(head.map(() => '---')),
    ...lines,
  ].join('\n');
}

function toLine(row, isSameCase) {
  const name = isSameCase ? '' : row.title;
  if (row.problem) return toRow([name, '', '', row.problem, '', '', '']);
  const subject = subjectOf(row);
  return toRow([
    name,
    row.measure,
    row.base ? number(row.base.median, row.unit) : '',
    subject ? number(subject.value.median, row.unit) : '',
    subject && row.compare !== 'value' ? comparison(subject.compared, row.compare) : '',
    row.target === undefined ? '' : `≤ ${SIGN[row.compare]}${row.target} / ${row.stretch}`,
    [verdict(row), ...nginx(row)].filter(Boolean).join('; '),
  ]);
}

function nginx({ subjects, compare }) {
  return subjects.nginx && compare === 'ratio' ? [`nginx ${signed(subjects.nginx.compared.median, compare)}`] : [];
}

const toRow = (cells) => `| ${cells.join(' | ')} |`;
