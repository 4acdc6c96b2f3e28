import type { DestinationStream } from 'pino';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { readSettings } from '#config';
import { openInfoLines } from './info-lines.js';
import type { LogDestinations } from './logger.options.js';
import { pinoOptions } from './logger.options.js';

const settingsOf = (variables: Record<string, string>) =>
  readSettings({ OPENAI_API_BASE_URL: 'http://localhost/v1', ...variables }).log;

const FIELDS = [
  { requestId: 'id-1', method: 'POST', path: '/api/chat', status: 200, ms: 1500, key: 'n8n', model: 'llama3' },
  {
    path: 'a "quoted" \\ path \u0000 \u2028 é 🙂 \ud800',
    status: 499,
    aborted: true,
    cost: 0.000001,
    failed: undefined,
  },
  { ms: Number.NaN, context: 'x'.repeat(500), trace_id: '' },
];

describe('lines of the level info', () => {
  beforeEach(() => vi.useFakeTimers({ now: 1_760_000_000_123 }));
  afterEach(() => vi.useRealTimers());

  it.each<[string, Record<string, string>]>([
    ['our own names', {}],
    ['level and time as text', { LOG_LEVEL_FORMAT: 'text', LOG_TIME_FORMAT: 'rfc3339' }],
    ['the names of OpenTelemetry', { LOG_FIELDS: 'otel' }],
    ['the names of the Elastic Common Schema', { LOG_FIELDS: 'ecs', LOG_LEVEL: 'DEBUG' }],
  ])('are those of the logger, with %s', (_name, variables) => {
    for (const isPretty of [false, true]) {
      const settings = settingsOf(variables);
      const written: string[] = [];
      const stream: DestinationStream = { write: (line) => void written.push(line) };
      const destinations: LogDestinations = isPretty ? { pretty: stream } : { plain: stream };
      const write = openInfoLines(settings, destinations, 'request');
      for (const fields of FIELDS) write?.(fields);
      const lines = written.splice(0);

      const logger = pino(pinoOptions(settings, destinations.pretty), stream);
      for (const fields of FIELDS) logger.info(fields, 'request');
      expect(lines).toEqual(written);
      expect(lines).toHaveLength(FIELDS.length);
    }
  });

  it('are not written at a higher level', () => {
    expect(openInfoLines(settingsOf({ LOG_LEVEL: 'WARNING' }), {}, 'request')).toBeUndefined();
  });
});
