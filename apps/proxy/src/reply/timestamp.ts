let second = 0;
let untilSecond = '';

/** The current time in RFC 3339, equal to `toISOString`, which would take longer than the rest of a line and so is called once a second. */
export function timestamp(): string {
  const now = Date.now();
  const milliseconds = now % 1000;
  if (now - milliseconds !== second) {
    second = now - milliseconds;
    untilSecond = new Date(second).toISOString().slice(0, -'000Z'.length);
  }
  return `${untilSecond}${String(milliseconds).padStart(3, '0')}Z`;
}
