import { describe, expect, it } from 'vitest';
import { decodeCreateRequest } from '#translation';
import type { Origin } from './make.js';
import { copyVirtualModel, creationSteps, makeVirtualModel, readCreateOrder } from './make.js';
import { readVirtualModel, writeVirtualModel } from './virtual-model.js';

const order = (fields: object) => readCreateOrder(decodeCreateRequest({ model: 'mine', from: 'base', ...fields }));
const making = { now: '2026-01-01T00:00:00Z', sha256: (text: string) => `hash of ${String(text.length)}` };
const served: Origin = { base: 'base', name: 'base:latest', shownTemplate: '{{ .Prompt }}' };

describe('an order for a model', () => {
  it.each<[object, RegExp]>([
    [{ model: 'bad name!' }, /^invalid model name$/],
    [{ from: '' }, /neither 'from' or 'files'/],
    [{ files: { 'a.gguf': 'sha256:1' } }, /stores no model files/],
    [{ adapters: { a: 'sha256:1' } }, /stores no model files/],
    [{ from: './model.gguf' }, /stores no model files/],
    [{ from: '/models/a b' }, /stores no model files/],
    [{ modelfile: 'FROM base\nADAPTER ./a' }, /stores no model files/],
    [{ quantize: 'q4_0' }, /quantization is not supported/],
    [{ remote_host: 'https://example.com' }, /remote models are not supported/],
    [{ info: { context_length: 'long' } }, /info field "context_length" must be a number/],
    [{ info: { model_family: 1 } }, /info field "model_family" must be a string/],
    [{ parameters: { temperature: 'hot' } }, /^parameters: option "temperature"/],
    [{ template: '{{ range .Messages }}' }, /^template error: template/],
  ])('%j is refused', (fields, text) => {
    expect(() => order(fields)).toThrow(text);
  });

  it('takes what the request lacks from its Modelfile', () => {
    const modelfile = 'FROM other\nSYSTEM From the file.\nPARAMETER seed 7\nPARAMETER temperature 0.1\nLICENSE MIT';
    expect(order({ from: '', modelfile, system: 'From the request.', parameters: { seed: 8 } })).toMatchObject({
      from: 'other',
      system: 'From the request.',
      parameters: { seed: 8, temperature: 0.1 },
      license: ['MIT'],
    });
  });

  it('takes a stop sequence without a list, and drops parameters that are null', () => {
    expect(order({ parameters: { stop: 'END', seed: null } }).parameters).toEqual({ stop: ['END'] });
  });
});

describe('a model that is made', () => {
  const mine = makeVirtualModel(
    order({
      system: 'Be brief.',
      parameters: { seed: 7 },
      license: 'MIT',
      info: { capabilities: ['tools', 'flying'] },
    }),
    served,
    making,
  );

  it('has what was ordered, and the known capabilities', () => {
    expect(mine).toMatchObject({
      ...{ name: 'mine:latest', base: 'base', parent: 'base:latest', system: 'Be brief.', template: '' },
      ...{ parameters: { seed: 7 }, messages: [], licenses: ['MIT'], capabilities: ['tools'] },
      modifiedAt: making.now,
    });
  });

  it('from a virtual one keeps what the order leaves out; licences add up', () => {
    const origin: Origin = { ...mine, base: 'base', name: 'mine:latest', shownTemplate: '' };
    const child = makeVirtualModel(
      order({ model: 'child', parameters: { top_k: 1 }, license: ['MIT', 'BSD'] }),
      origin,
      making,
    );
    expect(child).toMatchObject({ parent: 'mine:latest', system: 'Be brief.', parameters: { seed: 7, top_k: 1 } });
    expect([child.licenses, child.capabilities]).toEqual([['MIT', 'BSD'], ['tools']]);
  });

  it('does not keep the template that is shown for a served one', () => {
    expect(makeVirtualModel(order({ template: '{{ .Prompt }}' }), served, making).template).toBe('');
    expect(makeVirtualModel(order({ template: 'Q: {{ .Prompt }}' }), served, making).template).toBe('Q: {{ .Prompt }}');
  });

  it('is copied with the same digest; a copy of a served one adds nothing', () => {
    const copy = copyVirtualModel({ ...mine, name: 'mine:latest', shownTemplate: '' }, 'Copy', making);
    expect(copy).toMatchObject({ name: 'Copy:latest', parent: 'mine:latest', digest: mine.digest });
    expect(copyVirtualModel(served, 'c', making)).toMatchObject({ system: '', parameters: {}, messages: [] });
  });

  it('is stored and read back; other texts are not', () => {
    const text = writeVirtualModel(mine);
    expect(readVirtualModel(text)).toEqual(mine);
    const stored = JSON.parse(text) as object;
    const damaged = [
      { layout: 2 },
      { name: 1 },
      { parameters: null },
      { licenses: [1] },
      { messages: 'x' },
      { messages: [{ role: 1 }] },
    ];
    for (const part of damaged) expect(readVirtualModel(JSON.stringify({ ...stored, ...part }))).toBeUndefined();
    for (const other of ['', '[]', text.slice(0, -1)]) expect(readVirtualModel(other)).toBeUndefined();
    expect(readVirtualModel(JSON.stringify({ ...stored, capabilities: [] }))?.capabilities).toBeUndefined();
  });

  it('is made in steps, one for each part that is not empty', () => {
    const steps = creationSteps(mine, true, making.sha256);
    expect(steps[0]).toMatch(/^using existing layer sha256:/);
    expect(steps.filter((step) => step.startsWith('creating new layer'))).toHaveLength(3);
    expect(steps.slice(-2)).toEqual(['writing manifest', 'success']);
    expect(creationSteps(mine, false, making.sha256).join()).not.toContain('creating new');
  });
});
