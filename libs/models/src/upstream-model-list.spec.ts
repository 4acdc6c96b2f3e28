import { describe, expect, it } from 'vitest';
import { start } from '../../../test/support/upstream-server.js';
import { UpstreamModelList } from './upstream-model-list.js';

describe('the model list of an upstream', () => {
  it('that times out is a failure of the upstream, not of a client', async () => {
    const { client } = await start(() => undefined);
    const models = new UpstreamModelList(client, 50);
    await expect(models.current()).rejects.toMatchObject({
      status: 504,
      message: 'upstream error: no model list within the time limit',
    });
    expect(models.isReachable).toBe(false);
  });

  it('is fetched once for all who ask, and kept', async () => {
    let fetches = 0;
    const { client } = await start((_request, response) => {
      fetches += 1;
      response.end('{"data":[{"id":"a","context_length":1}]}');
    });
    const models = new UpstreamModelList(client);
    await Promise.all([models.current(), models.current(), models.current()]);
    await models.current();
    expect(fetches).toBe(1);
    expect(models.findEntry('A:latest')?.id).toBe('a');
  });
});
