let second = 0;
let untilSecond = '';

/** Now in RFC 3339, as `toISOString` says it. That takes longer than all the rest of a line, so it is asked once a second. */
export function timestamp(): string {
  const now = Date.now();
  const milliseconds = now % 1000;
  if (now - milliseconds !== second) {
    second = now - milliseconds;
    untilSecond = new Date(second).toISOString().slice(0, -'000Z'.length);
  }
  return `${untilSecond}${String(milliseconds).padStart(3, '0')}Z`;
}
