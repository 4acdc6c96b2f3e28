import { describe, expect, it } from 'vitest';
import type { Seen } from '../support/ask.js';
import { withProxy } from '../support/with-proxy.js';

const KEYS = JSON.stringify([
  { name: 'admin', key: 'admin-key-0123456789', manage: true },
  { name: 'user', key: 'user-key-0123456789' },
  { name: 'part', key: 'part-key-0123456789', manage: true, models: ['sim-embed'] },
]);
const REFUSED = 'this API key may not see adaptations: it needs "manage": true';
/** In the prompt of the request that is rejected. */
const SECRET = 'my secret question';

interface Report {
  readonly id: string;
  readonly adaptation: string;
  readonly reason: string;
}

describe('GET and DELETE /v1/adaptations', () => {
  const setup = withProxy({ dialect: 'openai-reasoning' }, { PROXY_API_KEYS: KEYS });

  const as = (name: string, path: string, body?: object, method?: string): Promise<Seen> =>
    setup.ask(path, body, { headers: { authorization: `Bearer ${name}-key-0123456789` }, ...(method && { method }) });
  const learn = () =>
    as('user', '/api/chat', {
      model: 'sim-chat',
      stream: false,
      messages: [{ role: 'user', content: SECRET }],
      options: { temperature: 0.3, num_predict: 50 },
    });
  const list = async (name: string) =>
    ((await as(name, '/v1/adaptations')).lines[0] as unknown as { adaptations: Report[] }).adaptations;

  it('list what was learned with the rejection, and remove one or all', async () => {
    expect((await as('admin', '/v1/adaptations')).lines).toEqual([{ workers: 1, adaptations: [] }]);
    expect((await learn()).status).toBe(200);
    const learned = await list('admin');
    expect(learned.length).toBeGreaterThan(0);
    for (const each of learned) {
      expect(each).toMatchObject({ upstream: 'default', model: 'sim-chat', scope: 'all' });
      expect(each.reason).toMatch(/^4\d\d: \S/);
      expect(each.reason).not.toContain(SECRET);
    }

    const calls = setup.simulator.requests.length;
    await learn();
    expect(setup.simulator.requests.length - calls, 'nothing is left to learn').toBe(1);

    const [first] = learned;
    const path = `/v1/adaptations/${first!.id}`;
    expect((await as('admin', path, undefined, 'DELETE')).status).toBe(204);
    expect((await list('admin')).map(({ id }) => id)).toEqual(learned.slice(1).map(({ id }) => id));
    expect((await as('admin', path, undefined, 'DELETE')).status).toBe(404);

    expect((await as('admin', '/v1/adaptations', undefined, 'DELETE')).status).toBe(204);
    expect(await list('admin')).toEqual([]);
    await learn();
    expect(await list('admin'), 'the next request learns them again').toHaveLength(learned.length);
  });

  it('need a key with `manage`, and show what it may use', async () => {
    await learn();
    for (const method of ['GET', 'DELETE']) {
      const { status, text } = await as('user', '/v1/adaptations', undefined, method);
      expect([status, text]).toEqual([403, expect.stringContaining(JSON.stringify(REFUSED).slice(1, -1))]);
    }
    expect(await list('part')).toEqual([]);
    const [{ id } = { id: '' }] = await list('admin');
    expect((await as('part', `/v1/adaptations/${id}`, undefined, 'DELETE')).status).toBe(404);
    expect((await as('part', '/v1/adaptations', undefined, 'DELETE')).status).toBe(204);
    expect((await list('admin')).length).toBeGreaterThan(0);
  });
});

describe('without keys', () => {
  const setup = withProxy();

  it('programs on this machine only', async () => {
    expect((await setup.ask('/v1/adaptations')).status).toBe(200);
    for (const headers of [{ 'x-forwarded-for': '10.0.0.1' }, { via: '1.1 proxy' }]) {
      const { status, text } = await setup.ask('/v1/adaptations', undefined, { headers });
      expect([status, text]).toEqual([403, expect.stringContaining('only programs on the machine of this server')]);
    }
  });
});
