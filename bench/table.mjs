/** Rows as text, in columns. */
import { subjectOf, verdict } from './summary.mjs';

export const SIGN = { ratio: '×', added: '+', value: '' };

export function toTable(rows) {
  const others = [
    ...new Set(rows.flatMap(({ subjects, problems = {} }) => Object.keys({ ...subjects, ...problems }))),
  ].filter((name) => !name.startsWith('proxy'));
  const head = ['case', 'measure', 'R', 'proxy', 'against R (min … max)', 'target', '', ...others];
  const cells = rows.map((row, index) => [row.case === rows[index - 1]?.case ? '' : row.case, ...toCells(row, others)]);
  return [toLines([head, ...cells]), ...notes(rows)].join('\n');
}

function toCells(row, others) {
  if (row.problem) return ['', '', row.problem, '', '', ''];
  const subject = subjectOf(row);
  return [
    row.measure,
    row.base ? number(row.base.median, row.unit) : '',
    subject ? number(subject.value.median, row.unit) : '',
    subject && row.compare !== 'value' ? comparison(subject.compared, row.compare) : '',
    row.target === undefined ? '' : `≤ ${SIGN[row.compare]}${row.target} / ${row.stretch}`,
    verdict(row) ?? '',
    ...others.map((name) => otherCell(row, name)),
  ];
}

function otherCell(row, name) {
  const subject = row.subjects[name];
  if (!subject) return row.problems?.[name] ?? '';
  const compared = row.compare === 'value' ? '' : ` (${signed(subject.compared.median, row.compare)})`;
  const change = name === 'before' && row.change ? `, now ×${short(row.change.median)}` : '';
  return `${number(subject.value.median, row.unit)}${compared}${change}`;
}

export const number = (value, unit) => `${short(value)}${unit && ` ${unit}`}`;

export function comparison({ median, min, max }, compare) {
  return `${signed(median, compare)} (${short(min)} … ${short(max)})`;
}

/** `×1.5`, `+0.2`, `-0.2`. */
export const signed = (value, compare) => (value < 0 ? short(value) : `${SIGN[compare]}${short(value)}`);

function short(value) {
  if (!Number.isFinite(value)) return '–';
  const size = Math.abs(value);
  return value.toFixed(size >= 100 || value === 0 ? 0 : size >= 10 ? 1 : 2);
}

function toLines(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]))
      .join('  ')
      .trimEnd(),
  );
  lines.splice(1, 0, widths.map((width) => '─'.repeat(width)).join('  '));
  return lines.join('\n');
}

function notes(rows) {
  const seen = new Set();
  return rows.flatMap(({ case: name, title, errors, firstError }) => {
    if (seen.has(name)) return [];
    seen.add(name);
    const failed = errors ? `; errors: ${JSON.stringify(errors)}, the first: ${firstError}` : '';
    return [`${seen.size === 1 ? '\n' : ''}${name}: ${title}${failed}`];
  });
}
