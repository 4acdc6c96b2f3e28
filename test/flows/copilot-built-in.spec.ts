import { describe, expect, it } from 'vitest';
import { withProxy } from '../support/with-proxy.js';
import * as is from './decoders.js';
import { decodeWhole } from './support.js';

const setup = withProxy();

/** No key is sent with any of these requests. */
const headers = { 'user-agent': 'GitHubCopilotChat/0.42.0', 'content-type': 'application/json' };

const version = is.struct({ version: is.string });
const tags = is.struct({ models: is.list(is.struct({ model: is.string })) });
const show = is.struct({
  capabilities: is.list(is.string),
  model_info: is.mapOf(is.anything),
  remote_model: is.absent,
});

/** What the editor makes of an answer of /api/show. */
function toEditorModel(id: string, { capabilities, model_info: info }: ReturnType<typeof show>) {
  const architecture = is.string(info['general.architecture'], 'general.architecture');
  const context = is.integer(info[`${architecture}.context_length`], 'context_length');
  const output = context < 4096 ? Math.floor(context / 2) : 4096;
  return {
    name: is.nullable(is.string)(info['general.basename'], 'general.basename') ?? id,
    input: context - output,
    vision: capabilities.includes('vision'),
    tools: capabilities.includes('tools'),
  };
}

describe("Copilot's built-in Ollama provider", () => {
  it.each(['/api/version', '//api/version'])('finds a version of 0.6.4 or later at %s', async (path) => {
    const { version: found } = decodeWhole(await setup.ask(path, undefined, { headers }), version);
    const parts = found.split('.').map((part) => Number.parseInt(part, 10));
    expect(parts).toHaveLength(3);
    const [major = NaN, minor = NaN, patch = NaN] = parts;
    expect(major * 1e6 + minor * 1e3 + patch).toBeGreaterThanOrEqual(6004);
  });

  it('lists the models and shows each, without a call upstream', async () => {
    const { models } = decodeWhole(await setup.ask('//api/tags', undefined, { headers }), tags);
    setup.simulator.reset();
    const shown = new Map<string, ReturnType<typeof toEditorModel>>();
    for (const { model } of models) {
      const answer = await setup.ask('//api/show', JSON.stringify({ model }), { headers });
      shown.set(model, toEditorModel(model, decodeWhole(answer, show)));
    }
    expect(setup.simulator.requests).toHaveLength(0);
    expect(shown.get('sim-chat:latest')).toEqual({
      name: 'sim-chat:latest',
      input: 32_768 - 4096,
      vision: false,
      tools: true,
    });
    expect(shown.get('sim-vision:latest')?.vision).toBe(true);
    expect(shown.get('sim-plain:latest')?.tools).toBe(false);
    const names = [...shown.values()].map(({ name }) => name);
    expect(new Set(names).size, 'names in the picker').toBe(models.length);
  });

  it('names a model as requested, only for this client', async () => {
    const body = JSON.stringify({ model: 'vendor/sim-large:free' });
    const own = decodeWhole(await setup.ask('/api/show', body, { headers }), show);
    const other = decodeWhole(await setup.ask('/api/show', body), show);
    expect(own.model_info['general.basename']).toBe('vendor/sim-large:free');
    expect(other.model_info).not.toHaveProperty('general.basename');
  });
});
