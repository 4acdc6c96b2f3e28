import { readString } from '../shape/go-readers.js';
import type { Kind } from '../shape/kind.js';
import { listOf, STRING, withSchema } from '../shape/kind.js';
import type { TypeOf } from '../shape/shape.js';
import { optional, required, shape } from '../shape/shape.js';
import { ARGUMENTS, images, IMAGES_DESCRIPTION, PARAMETERS } from './kinds.js';
import { textRequestFields, textResponseFields } from './text.js';

export const ToolCallFunction = shape('ToolCallFunction', 'Which function to call, and with which arguments.', {
  name: required.text('Name of the function, one of those in `tools`.'),
  arguments: required.of(ARGUMENTS, 'The arguments, as an object and never as text.'),
  index: optional.integer('Position among the calls of one answer, from 0.', { minimum: 0 }),
});

export const ToolCall = shape('ToolCall', 'A call of a function that the model asks for.', {
  id: optional.text('Identifies the call; a result names it in `tool_call_id`. Generated where a client left it out.'),
  function: required.of(ToolCallFunction, 'Which function to call, and with which arguments.'),
});

export type OllamaToolCall = TypeOf<typeof ToolCall>;

export const ToolFunction = shape('ToolFunction', 'A function that the model may call.', {
  name: required.text('Name of the function.'),
  description: optional.text('What it does and when to call it, for the model.'),
  parameters: optional.of(PARAMETERS, 'JSON Schema of its arguments. Passed on unchanged; absent means no arguments.'),
});

export const Tool = shape('Tool', 'A tool of a request.', {
  type: optional.of(withSchema(STRING, { default: 'function' }), 'Always a function.'),
  function: required.of(ToolFunction, 'The function.'),
});

export type OllamaTool = TypeOf<typeof Tool>;

const ROLE: Kind<string> = { ...STRING, read: (value, path) => readString(value, path).toLowerCase() };

/** Nothing of a message is required (protocol W4). */
export const ChatMessage = shape(
  'ChatMessage',
  'One turn of a conversation.',
  {
    role: optional.of(ROLE, 'The sender: `system`, `user`, `assistant` or `tool`. Anything else counts as `user`.', {
      absent: '',
      examples: ['user'],
    }),
    content: optional.text('The text; one text, not a list of parts.', { default: '' }),
    thinking: optional.text('What the model thought in an earlier answer; sent only to upstreams that demand it back.'),
    images: optional.of(images, IMAGES_DESCRIPTION),
    tool_calls: optional.of(listOf(ToolCall), 'Calls that the model asked for in an earlier answer.'),
    tool_name: optional.text('Of a `tool` message: the function whose result this is.'),
    tool_call_id: optional.text(
      'Of a `tool` message: the call whose result this is. Without it results are matched by name, then by order.',
    ),
  },
  'Message',
);

export type OllamaMessage = TypeOf<typeof ChatMessage>;

export const ChatRequest = shape('ChatRequest', 'Request of `POST /api/chat`.', {
  ...textRequestFields,
  messages: optional.of(
    listOf(ChatMessage),
    'The conversation so far, oldest first. Empty only loads the model (or unloads it, with `keep_alive` 0).',
    { default: [] },
  ),
  tools: optional.of(listOf(Tool, 'api.Tools'), 'Functions that the model may call. It has to be able to use tools.', {
    absent: [],
  }),
});

export type OllamaChatRequest = TypeOf<typeof ChatRequest>;

export const AnswerMessage = shape('AnswerMessage', 'The part of the answer that one object carries.', {
  role: required.choice(['assistant'], 'Always `assistant`.'),
  content: required.text('The text of this object; may be empty.'),
  thinking: optional.text('What the model thinks before it answers; on separate objects in a stream.'),
  tool_calls: optional.of(
    listOf(ToolCall),
    'All calls of the answer, complete, on one object before the last of a stream.',
  ),
});

/** One line of a stream, or the whole answer. */
export const ChatResponse = shape('ChatResponse', 'The whole answer of `POST /api/chat`, or one line of its stream.', {
  ...textResponseFields,
  message: required.of(AnswerMessage, 'The part of the answer that this object carries.'),
});

export type OllamaChatResponse = TypeOf<typeof ChatResponse>;
