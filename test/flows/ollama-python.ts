import type { Decoder } from './support.js';
import {
  anything,
  boolean,
  digest,
  integer,
  list,
  mapOf,
  nullable,
  number,
  oneOf,
  string,
  struct,
  timestamp,
} from './support.js';

/** The models of the Python library: pydantic in lax mode, null as good as absent where a field is optional. */
const metrics = {
  done: nullable(boolean),
  done_reason: nullable(string),
  total_duration: nullable(integer),
  load_duration: nullable(integer),
  prompt_eval_count: nullable(integer),
  prompt_eval_duration: nullable(integer),
  eval_count: nullable(integer),
  eval_duration: nullable(integer),
};

export const pythonChat = struct({
  model: nullable(string),
  created_at: nullable(string),
  ...metrics,
  message: struct({
    role: string,
    content: nullable(string),
    thinking: nullable(string),
    tool_calls: nullable(list(struct({ function: struct({ name: string, arguments: mapOf(anything) }) }))),
  }),
});

const details = struct({
  parent_model: nullable(string),
  format: nullable(string),
  family: nullable(string),
  families: nullable(list(string)),
  parameter_size: nullable(string),
  quantization_level: nullable(string),
});

/** Only `model` is a field there, not `name`. */
export const pythonList = struct({
  models: list(
    struct({
      model: nullable(string),
      modified_at: nullable(timestamp),
      digest: nullable(digest),
      size: nullable(integer),
      details: nullable(details),
    }),
  ),
});

export const pythonRunning = struct({
  models: list(
    struct({
      model: nullable(string),
      expires_at: nullable(timestamp),
      size: nullable(integer),
      size_vram: nullable(integer),
      context_length: nullable(integer),
    }),
  ),
});

/** An alias without a default: it may be null and must be there. */
const present: Decoder<unknown> = (value, at) => {
  if (value === undefined) throw new Error(`${at}: field required`);
  return value;
};

export const pythonShow = struct({
  modified_at: nullable(timestamp),
  template: nullable(string),
  modelfile: nullable(string),
  license: nullable(string),
  details: nullable(details),
  model_info: present,
  parameters: nullable(string),
  capabilities: nullable(list(string)),
});

export const pythonEmbed = struct({ model: nullable(string), embeddings: list(list(number)) });

export const pythonSuccess = struct({ status: oneOf('success') });
