import { describe, expect, it } from 'vitest';
import { withProxy } from '../support/with-proxy.js';

describe('routes that the configuration moves or removes', () => {
  const setup = withProxy({}, { METRICS_PATH: '/internal/numbers', VERSION_ENDPOINT_ENABLED: 'false' });
  const endpoints = async (): Promise<string[]> => {
    const { lines } = await setup.ask('/', undefined, { headers: { accept: 'application/json' } });
    return (lines[0] as unknown as { endpoints: string[] }).endpoints;
  };

  it('are listed at / where they are, and each that is listed exists', async () => {
    const listed = await endpoints();
    expect(listed).toEqual(expect.arrayContaining(['POST /api/chat', 'GET /internal/numbers', 'GET /metrics']));
    expect(listed).not.toContain('GET /v1/version');
    expect(listed).not.toContain('GET /v1/metrics');
    expect(listed.map((each) => each.split(' ')[1])).toEqual(listed.map((each) => each.split(' ')[1]).toSorted());
    for (const [method, path = ''] of listed.map((each) => each.split(' '))) {
      const { text } = await setup.ask(path, method === 'POST' ? '{}' : undefined, { method: method ?? 'GET' });
      expect([method, path, text]).not.toEqual([method, path, expect.stringMatching(/^40[45] /)]);
    }
  });

  it('count as their own operation, and the page links to them', async () => {
    await setup.ask('/internal/numbers/summary');
    const { text } = await setup.ask('/internal/numbers');
    expect(text).toMatch(/llmproxy_requests_total\{api="service",operation="metrics",/);
    expect((await setup.ask('/ui/links.json')).text).toContain('{"path":"/internal/numbers","text":"Metrics"}');
  });

  it('are in the API document', async () => {
    const { paths } = JSON.parse((await setup.ask('/openapi.json')).text) as { paths: object };
    expect(Object.keys(paths)).toEqual(expect.arrayContaining(['/internal/numbers', '/internal/numbers/summary']));
    expect(Object.keys(paths)).not.toContain('/v1/version');
  });
});

describe('ENABLE_METRICS=false', () => {
  const setup = withProxy({}, { ENABLE_METRICS: 'false' });

  it('takes the metrics from the list at / and from the page', async () => {
    const { text } = await setup.ask('/', undefined, { headers: { accept: 'application/json' } });
    expect(text).not.toContain('metrics');
    expect((await setup.ask('/ui/links.json')).text).not.toContain('etrics');
  });
});
