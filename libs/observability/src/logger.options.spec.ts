import { pino } from 'pino';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { readSettings } from '#config';
import { runWithRequestId } from './log-context.js';
import { pinoOptions } from './logger.options.js';
import { openPrettyLog } from './pretty-log.js';

const settingsOf = (variables: Record<string, string>) =>
  readSettings({ OPENAI_API_BASE_URL: 'http://localhost/v1', ...variables }).log;

const ACCESS = { method: 'POST', path: '/api/chat', status: 200, ms: 1500, key: 'n8n', model: 'llama3', retries: 1 };
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** The lines of an access log and of an error, with these variables. */
function linesWith(variables: Record<string, string>): Record<string, unknown>[] {
  const lines: string[] = [];
  const logger = pino(pinoOptions(settingsOf(variables)), { write: (line) => void lines.push(line) });
  runWithRequestId('id-1', () => logger.info(ACCESS, 'request'), 'trace-1');
  logger.error({ context: 'Proxy', err: new TypeError('no', { cause: new Error('why') }) }, 'failed');
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('JSON lines', () => {
  it('have our own names by default', () => {
    const [access, error] = linesWith({});
    expect(access).toEqual({
      level: 30,
      time: expect.any(Number) as number,
      requestId: 'id-1',
      trace_id: 'trace-1',
      ...ACCESS,
      msg: 'request',
    });
    expect(error).toMatchObject({ level: 50, context: 'Proxy', err: { type: 'TypeError', cause: { message: 'why' } } });
  });

  it('have the level as text and the time in RFC 3339', () => {
    const [access] = linesWith({ LOG_LEVEL_FORMAT: 'text', LOG_TIME_FORMAT: 'rfc3339' });
    expect(access).toMatchObject({ level: 'info', time: expect.stringMatching(TIME) as string, ...ACCESS });
  });

  it('have the names of OpenTelemetry', () => {
    const [access, error] = linesWith({ LOG_FIELDS: 'otel' });
    expect(access).toEqual({
      severity_text: 'INFO',
      severity_number: 9,
      timestamp: expect.stringMatching(TIME) as string,
      body: 'request',
      trace_id: 'trace-1',
      'llmproxy.request_id': 'id-1',
      'http.request.method': 'POST',
      'url.path': '/api/chat',
      'http.response.status_code': 200,
      'http.server.request.duration': 1.5,
      'user.name': 'n8n',
      'gen_ai.request.model': 'llama3',
      'llmproxy.retries': 1,
    });
    expect(error).toMatchObject({
      severity_number: 17,
      'otel.scope.name': 'Proxy',
      'exception.type': 'TypeError',
      'exception.message': 'no',
      'exception.stacktrace': expect.stringContaining('TypeError: no') as string,
      'llmproxy.cause': { message: 'why' },
    });
  });

  it('have the names of the Elastic Common Schema', () => {
    const [access, error] = linesWith({ LOG_FIELDS: 'ecs' });
    expect(access).toEqual({
      'log.level': 'info',
      '@timestamp': expect.stringMatching(TIME) as string,
      'ecs.version': '9.3.0',
      message: 'request',
      'trace.id': 'trace-1',
      'http.request.id': 'id-1',
      'http.request.method': 'POST',
      'url.path': '/api/chat',
      'http.response.status_code': 200,
      'event.duration': 1_500_000_000,
      'user.name': 'n8n',
      'gen_ai.request.model': 'llama3',
      'llmproxy.retries': 1,
    });
    expect(error).toMatchObject({ 'log.level': 'error', 'log.logger': 'Proxy', 'error.message': 'no' });
  });
});

describe('lines for people', () => {
  afterEach(() => vi.restoreAllMocks());

  it.each([
    ['auto', false, false],
    ['auto', true, true],
    ['json', true, false],
    ['pretty', false, true],
  ])('%s on a terminal (%s): %s', async (format, isTerminal, isPretty) => {
    const log = await openPrettyLog(settingsOf({ LOG_FORMAT: format }), isTerminal);
    expect(log !== undefined).toBe(isPretty);
  });

  it('have time, level and a sentence, whatever the names are, and no control characters', async () => {
    const settings = settingsOf({ LOG_FORMAT: 'pretty', LOG_FIELDS: 'ecs' });
    const log = await openPrettyLog(settings);
    let text = '';
    vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => ((text += String(chunk)), true));
    const logger = pino(pinoOptions(settings, log), log);
    logger.info(ACCESS, 'request');
    logger.warn({ context: 'Catalogue' }, 'a \u001b[2J text');
    vi.restoreAllMocks();

    const [access, warning] = text.replaceAll(/\u001b\[\d+m/g, '').split('\n');
    expect(access).toMatch(/^\[\d\d:\d\d:\d\d\] INFO: POST \/api\/chat 200 in 1500 ms \{"key":"n8n","model":"llama3"/);
    expect(warning).toMatch(/^\[\d\d:\d\d:\d\d\] WARN: Catalogue: a {2}\[2J text$/);
  });
});
