import { request } from 'node:http';
import { describe, expect, it } from 'vitest';
import { withProxy } from '../support/with-proxy.js';

const setup = withProxy();

describe('a request target in absolute form', () => {
  it('gets the same response as one with a path only', async () => {
    const { url } = setup.proxy;
    const { hostname, port } = new URL(url);
    const status = await new Promise((resolve) => {
      request({ hostname, port, path: `${url}/api/version` }, (response) => {
        response.resume();
        resolve(response.statusCode);
      }).end();
    });
    expect(status).toBe(200);
  });
});
