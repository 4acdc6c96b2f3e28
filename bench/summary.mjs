/** Rounds → rows: per measure the medians with their spread, and the subject compared with its base, round by round. */
import { spread } from './statistics.mjs';

/** `result` is what runCase returned; rows are plain data, ready for JSON and for the table. */
export function summarize(benchCase, result) {
  if (Object.keys(result.rounds).length === 0) return [emptyRow(benchCase, result)];
  return benchCase.measures.map((measure) => toRow(benchCase, result, measure));
}

function emptyRow({ name, title }, { problems }) {
  return { case: name, title, measure: '', unit: '', subjects: {}, problem: problems.proxy };
}

function toRow({ name, title }, { rounds, problems }, measure) {
  const { unit, compare, target, stretch, base = 'pipe', subject } = measure;
  const baseline = baselineOf(measure, rounds[base]);
  const subjects = Object.keys(rounds).filter((each) => each !== base && (!subject || each === subject));
  return {
    case: name,
    title,
    measure: measure.name,
    unit,
    compare,
    ...(target !== undefined && { target, stretch }),
    ...(baseline && { base: spread(baseline) }),
    subjects: Object.fromEntries(subjects.map((each) => [each, against(measure, rounds[each], baseline)])),
    ...(rounds.before && rounds.proxy && { change: spread(quotients(rounds.proxy, rounds.before, measure)) }),
    ...(Object.keys(problems).length > 0 && { problems }),
    ...failuresOf(rounds),
  };
}

/** The effect of a change: the proxy ÷ the previous build, by round. */
function quotients(now, before, { of }) {
  return now.map((round, index) => of(round) / of(before[index]));
}

function baselineOf(measure, rounds) {
  if (!measure.fixedBase) return rounds?.map(measure.of);
  return [measure.fixedBase()];
}

/** Compares neighbouring rounds, so that other load on the machine affects both. */
function against(measure, rounds, baseline) {
  const values = rounds.map(measure.of);
  const compared = values.map((value, index) => {
    const base = baseline?.[Math.min(index, baseline.length - 1)];
    if (measure.compare === 'ratio') return value / base;
    return measure.compare === 'added' ? value - base : value;
  });
  return { value: spread(values), compared: measure.worst ? worstOf(compared) : spread(compared) };
}

/** Takes the largest count of any round: the median would hide a single failure. */
function worstOf(values) {
  const max = Math.max(...values);
  return { median: max, min: Math.min(...values), max };
}

function failuresOf(rounds) {
  const errors = Object.fromEntries(
    Object.entries(rounds)
      .map(([name, all]) => [name, all.reduce((sum, { errors: count }) => sum + count, 0)])
      .filter(([, count]) => count > 0),
  );
  const first = Object.values(rounds).flatMap((all) => all.flatMap(({ firstError }) => firstError ?? []))[0];
  return first === undefined ? {} : { errors, firstError: first };
}

/** What a row is about: the proxy, or the variant of it that the case compares with the proxy. */
export const subjectOf = ({ subjects }) => subjects.proxy ?? Object.values(subjects)[0];

/** "met", "stretch" or "missed" for the proxy; undefined without a goal. */
export function verdict(row) {
  const { target, stretch } = row;
  const compared = subjectOf(row)?.compared.median;
  if (target === undefined || compared === undefined) return undefined;
  if (compared <= stretch) return 'stretch';
  return compared <= target ? 'met' : 'missed';
}
