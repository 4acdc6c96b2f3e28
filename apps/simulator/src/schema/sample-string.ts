import { numberOf, stringOf } from '../json.js';
import type { JsonObject } from '../json.js';
import { between, pick } from '../text/random.js';
import type { Random } from '../text/random.js';

const WORDS = ['Zürich', 'lamp', '京都', 'harbour', 'Öl', 'fern', 'smile 🙂', 'seven'] as const;

const FORMATS: Record<string, (random: Random) => string> = {
  date: (random) => `2024-0${between(1, 9, random)}-1${between(0, 9, random)}`,
  time: () => '09:30:00Z',
  'date-time': (random) => `2024-0${between(1, 9, random)}-15T09:30:00Z`,
  duration: () => 'P1DT2H',
  email: (random) => `person${between(1, 99, random)}@example.com`,
  hostname: () => 'host.example.com',
  ipv4: (random) => `192.0.2.${between(1, 254, random)}`,
  ipv6: () => '2001:db8::1',
  uri: (random) => `https://example.com/${between(1, 99, random)}`,
  uuid: (random) => `00000000-0000-4000-8000-${between(0, 0xffffffff, random).toString(16).padStart(12, '0')}`,
};

/** A string of a schema's format and length; patterns are not looked at. */
export function sampleString(schema: JsonObject, random: Random): string {
  const format = FORMATS[stringOf(schema.format) ?? ''];
  if (format) return format(random);
  const low = numberOf(schema.minLength) ?? 0;
  const high = numberOf(schema.maxLength) ?? Infinity;
  let text: string = pick(WORDS, random);
  while (Array.from(text).length < low) text += ` ${pick(WORDS, random)}`;
  return Array.from(text).slice(0, Math.max(high, 0)).join('');
}
