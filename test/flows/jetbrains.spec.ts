import { describe, expect, it } from 'vitest';
import { textOf } from '../support/ask.js';
import { withProxy } from '../support/with-proxy.js';
import {
  boolean,
  decodeLines,
  decodeWhole,
  digest,
  integer,
  list,
  nullable,
  oneOf,
  string,
  struct,
  timestamp,
} from './support.js';

const setup = withProxy({ dialect: 'strictest' });

const details = struct({
  parent_model: nullable(string),
  format: string,
  family: string,
  families: nullable(list(string)),
  parameter_size: string,
  quantization_level: string,
});
const tags = struct({
  models: list(struct({ name: string, model: string, modified_at: timestamp, size: integer, digest, details })),
});
const line = struct({
  model: string,
  created_at: timestamp,
  message: struct({ role: oneOf('assistant'), content: string }),
  done: boolean,
});

describe('JetBrains AI Assistant', () => {
  it('tests the connection at the root, and needs models to be connected', async () => {
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
