export const median = (values) => quantile(values, 0.5);

/** Other load on the machine adds to figures and never takes away: the lower quarter is nearer to the cost itself. */
export const lowerQuartile = (values) => quantile(values, 0.25);

/** Interpolated between the two nearest values. */
function quantile(values, share) {
  const sorted = [...values].sort((left, right) => left - right);
  const place = (sorted.length - 1) * share;
  const below = sorted[Math.floor(place)];
  return below + (sorted[Math.ceil(place)] - below) * (place - Math.floor(place));
}

/** Median with the smallest and the largest. */
export function spread(values) {
  return { median: median(values), min: Math.min(...values), max: Math.max(...values) };
}

/** Nearest rank; `sorted` must be sorted. NaN for an empty list. */
export function percentile(sorted, percent) {
  if (sorted.length === 0) return Number.NaN;
  return sorted[Math.min(sorted.length - 1, Math.ceil((sorted.length * percent) / 100) - 1)];
}

export function percentiles(values) {
  const sorted = Float64Array.from(values).sort();
  return { 50: percentile(sorted, 50), 99: percentile(sorted, 99) };
}

/** Median CPU milliseconds of one call in this process, after the same number of calls as warm-up. */
export function cpuOf(work, times) {
  const samples = [];
  for (let turn = 0; turn < 2 * times; turn += 1) {
    const start = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(start);
    if (turn >= times) samples.push((user + system) / 1000);
  }
  return median(samples);
}
