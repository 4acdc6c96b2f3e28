/**
 * Whether two names with the same first letter differ by one typing mistake, or by two if they are long: letters added, left
 * out, replaced or swapped. SSL_CERT_FILE is not TLS_CERT_FILE.
 */
export function isTextClose(one: string, other: string): boolean {
  const allowed = Math.min(one.length, other.length) >= 10 ? 2 : 1;
  if (!one.startsWith(other.slice(0, 1))) return false;
  return Math.abs(one.length - other.length) <= allowed && distance(one, other) <= allowed;
}

/** Optimal string alignment distance. */
function distance(one: string, other: string): number {
  const rows: number[][] = [Array.from({ length: other.length + 1 }, (_, index) => index)];
  for (let i = 1; i <= one.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= other.length; j += 1) {
      const isSame = one[i - 1] === other[j - 1];
      const steps = [at(rows, i - 1, j) + 1, (row[j - 1] ?? 0) + 1, at(rows, i - 1, j - 1) + (isSame ? 0 : 1)];
      const isSwapped = i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1];
      row.push(Math.min(...steps, isSwapped ? at(rows, i - 2, j - 2) + 1 : Infinity));
    }
    rows.push(row);
  }
  return at(rows, one.length, other.length);
}

const at = (rows: readonly number[][], i: number, j: number): number => rows[i]?.[j] ?? 0;
