import { describe, expect, it } from 'vitest';
import { RouteTable } from '../../apps/proxy/src/routes/route-table.js';
import { sendRaw } from '../support/raw-socket.js';
import { withProxy } from '../support/with-proxy.js';

const setup = withProxy();

/** The last ones are no methods for Node's parser. */
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND', 'get', 'Post', 'FOO'];
/** Paths that V1_PASSED_PATHS forwards, in the place of a wildcard. */
const FORWARDED = ['files', 'files/file-1/content', 'batches/batch_1/cancel', 'responses/r1', 'messages/batches'];

function samplesOf(path: string): string[] {
  if (path === '/v1/*path') return FORWARDED.map((each) => `/v1/${each}`);
  return [path.replace(/\*\w+/, 'a/b').replace(/:\w+/, 'x')];
}

/** Ways to write a path that lead to the same route, and those that lead to none. */
function spellingsOf(path: string): { same: string[]; other: string[] } {
  const slashes = path === '/' ? ['//'] : [`${path}/`, path.replaceAll('/', '//'), `http://user:secret@host${path}`];
  const upper = path.toUpperCase();
  return { same: [path, ...slashes], other: upper === path ? [] : [upper] };
}

/** What reaches the upstream besides the reads of its model list. */
const forwarded = (): string[] =>
  setup.simulator.requests
    .filter(({ method, path }) => method !== 'GET' || !/\/(models|props|model\/info)$/.test(path))
    .map(({ method, path }) => `${method} ${path}`);

async function statusOf(method: string, target: string): Promise<number> {
  const body = /^(GET|HEAD|OPTIONS|TRACE)$/.test(method) ? '\r\n' : 'Content-Length: 2\r\n\r\n{}';
  const head = `${method} ${target} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n`;
  return (await sendRaw(setup.proxy.port, head + body, 5000)).status;
}

describe('every route with every method', () => {
  it('runs a handler for declared methods only, and no safe method has an effect', { timeout: 120_000 }, async () => {
    const { routes } = setup.proxy.app.get(RouteTable);
    const table = setup.proxy.app.get(RouteTable);
    const paths = [...new Set(routes.flatMap(({ path }) => samplesOf(path)))];
    expect(paths.length).toBeGreaterThan(40);
    for (const path of paths) {
      const { same, other } = spellingsOf(path);
      for (const method of METHODS) {
        const { isRouted, allow } = table.find(method, path);
        for (const target of same) {
          setup.simulator.reset();
          const status = await statusOf(method, target);
          const what = `${method} ${target}: ${status}`;
          if (/^(get|Post|FOO)$/.test(method)) expect(status, what).toBe(400);
          else if (method === 'OPTIONS' && allow !== '') expect(status, what).toBe(204);
          else if (!isRouted) expect(status, what).toBe(allow === '' ? 404 : 405);
          const calls = forwarded();
          if (!isRouted) expect(calls, what).toEqual([]);
          // What is forwarded keeps its method; a safe one never becomes another.
          for (const call of calls) if (path.startsWith('/v1/')) expect(call.split(' ')[0], what).toBe(method);
          if (/^(GET|HEAD|OPTIONS|TRACE)$/.test(method)) {
            expect(
              calls.filter((call) => !call.startsWith('GET ')),
              what,
            ).toEqual([]);
          }
        }
        for (const target of other) {
          setup.simulator.reset();
          expect(await statusOf(method, target), `${method} ${target}`).toBe(
            /^(get|Post|FOO)$/.test(method) ? 400 : 404,
          );
          expect(forwarded(), `${method} ${target}`).toEqual([]);
        }
      }
    }
  });

  it('does not read the body of a request that no route takes', async () => {
    const head = `POST /nowhere HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n`;
    expect((await sendRaw(setup.proxy.port, head, 500)).status).toBe(404);
  });
});
