import { describe, expect, it } from 'vitest';
import { textOf } from '../support/ask.js';
import { withProxy } from '../support/with-proxy.js';
import * as is from './decoders.js';
import { decodeLines, decodeWhole } from './support.js';

const setup = withProxy({ dialect: 'strictest' });

const details = is.struct({
  parent_model: is.nullable(is.string),
  format: is.string,
  family: is.string,
  families: is.nullable(is.list(is.string)),
  parameter_size: is.string,
  quantization_level: is.string,
});
const tags = is.struct({
  models: is.list(
    is.struct({
      name: is.string,
      model: is.string,
      modified_at: is.timestamp,
      size: is.integer,
      digest: is.digest,
      details,
    }),
  ),
});
const line = is.struct({
  model: is.string,
  created_at: is.timestamp,
  message: is.struct({ role: is.oneOf('assistant'), content: is.string }),
  done: is.boolean,
});

describe('JetBrains AI Assistant', () => {
  it('tests the connection at the root and lists models', async () => {
    const root = await setup.ask('/');
    expect([root.status, root.text]).toEqual([200, 'Ollama is running']);
    expect(decodeWhole(await setup.ask('/api/tags'), tags).models).not.toHaveLength(0);
  });

  it('streams a chat', async () => {
    const messages = [
      { role: 'system', content: 'You explain code.' },
      { role: 'user', content: 'What is `val x = 1`?' },
    ];
    const seen = await setup.ask('/api/chat', { model: 'sim-chat:latest', messages, stream: true });
    const lines = decodeLines(seen, line);
    expect(lines.filter(({ done }) => done)).toHaveLength(1);
    expect(lines.at(-1)).toMatchObject({ done: true, message: { content: '' } });
    expect(textOf(seen.lines)).toContain('val x = 1');
  });
});
