import type { Decoder } from './decoders.js';
import * as is from './decoders.js';

/** The models of the Python library: pydantic in lax mode, null as good as absent where a field is optional. */
const metrics = {
  done: is.nullable(is.boolean),
  done_reason: is.nullable(is.string),
  ...is.metrics(is.nullable(is.integer)),
};

export const pythonChat = is.struct({
  model: is.nullable(is.string),
  created_at: is.nullable(is.string),
  ...metrics,
  message: is.struct({
    role: is.string,
    content: is.nullable(is.string),
    thinking: is.nullable(is.string),
    tool_calls: is.nullable(is.list(is.toolCall)),
  }),
});

const details = is.struct({
  parent_model: is.nullable(is.string),
  format: is.nullable(is.string),
  family: is.nullable(is.string),
  families: is.nullable(is.list(is.string)),
  parameter_size: is.nullable(is.string),
  quantization_level: is.nullable(is.string),
});

/** Only `model` is a field there, not `name`. */
export const pythonList = is.struct({
  models: is.list(
    is.struct({
      model: is.nullable(is.string),
      modified_at: is.nullable(is.timestamp),
      digest: is.nullable(is.digest),
      size: is.nullable(is.integer),
      details: is.nullable(details),
    }),
  ),
});

export const pythonRunning = is.struct({
  models: is.list(
    is.struct({
      model: is.nullable(is.string),
      expires_at: is.nullable(is.timestamp),
      size: is.nullable(is.integer),
      size_vram: is.nullable(is.integer),
      context_length: is.nullable(is.integer),
    }),
  ),
});

/** An alias without a default: it may be null and must be there. */
const present: Decoder<unknown> = (value, at) => {
  if (value === undefined) throw new Error(`${at}: field required`);
  return value;
};

export const pythonShow = is.struct({
  modified_at: is.nullable(is.timestamp),
  template: is.nullable(is.string),
  modelfile: is.nullable(is.string),
  license: is.nullable(is.string),
  details: is.nullable(details),
  model_info: present,
  parameters: is.nullable(is.string),
  capabilities: is.nullable(is.list(is.string)),
});

export const pythonEmbed = is.struct({ model: is.nullable(is.string), embeddings: is.list(is.list(is.number)) });

export const pythonSuccess = is.struct({ status: is.oneOf('success') });
