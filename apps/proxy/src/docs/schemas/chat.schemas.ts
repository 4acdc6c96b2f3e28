import { ApiSchema } from '@nestjs/swagger';
import { Always, Maybe } from './field.js';
import { IMAGES, TextRequest, TextResponse } from './text.schemas.js';

@ApiSchema({ description: 'Which function to call, and with what.' })
export class ToolCallFunction {
  @Always.text('Name of the function, one of those in `tools`.')
  name!: string;

  @Always.object('The arguments, as an object and never as text.')
  arguments!: Record<string, unknown>;

  @Maybe.integer('Position among the calls of one answer, from 0.', { minimum: 0 })
  index?: number;
}

@ApiSchema({ description: 'A call of a function that the model asks for.' })
export class ToolCall {
  @Maybe.text('Identifies the call; a result names it in `tool_call_id`. Made up where a client left it out.')
  id?: string;

  @Always.one(() => ToolCallFunction, 'Which function to call, and with what.')
  function!: ToolCallFunction;
}

@ApiSchema({ description: 'A function that the model may call.' })
export class ToolFunction {
  @Always.text('Name of the function.')
  name!: string;

  @Maybe.text('What it does and when to call it, for the model.')
  description?: string;

  @Maybe.object('JSON Schema of its arguments. Passed on whole; absent means no arguments.')
  parameters?: Record<string, unknown>;
}

@ApiSchema({ description: 'A tool of a request.' })
export class Tool {
  @Maybe.text('Always a function.', { default: 'function' })
  type?: string;

  @Always.one(() => ToolFunction, 'The function.')
  function!: ToolFunction;
}

@ApiSchema({ description: 'One turn of a conversation.' })
export class ChatMessage {
  @Maybe.text('Who speaks: `system`, `user`, `assistant` or `tool`. Anything else counts as `user`.', {
    examples: ['user'],
  })
  role?: string;

  @Maybe.text('The text; one text, not a list of parts.', { default: '' })
  content?: string;

  @Maybe.text('What the model thought in an earlier answer. Accepted, not sent to the backend.')
  thinking?: string;

  @Maybe.listOf(IMAGES.items, IMAGES.description)
  images?: string[];

  @Maybe.list(() => ToolCall, 'Calls that the model asked for in an earlier answer.')
  tool_calls?: ToolCall[];

  @Maybe.text('Of a `tool` message: the function whose result this is.')
  tool_name?: string;

  @Maybe.text(
    'Of a `tool` message: the call whose result this is. Without it results are paired by name, then by order.',
  )
  tool_call_id?: string;
}

@ApiSchema({ description: 'Request of `POST /api/chat`.' })
export class ChatRequest extends TextRequest {
  @Maybe.list(
    () => ChatMessage,
    'The conversation so far, oldest first. Empty only loads the model (or unloads it, with `keep_alive` 0).',
    {
      default: [],
    },
  )
  messages?: ChatMessage[];

  @Maybe.list(() => Tool, 'Functions that the model may call. It has to be able to use tools.')
  tools?: Tool[];
}

@ApiSchema({ description: 'What the model says in one object of an answer.' })
export class AnswerMessage {
  @Always.text('Always `assistant`.', { enum: ['assistant'] })
  role!: string;

  @Always.text('The text of this object; may be empty.')
  content!: string;

  @Maybe.text('What the model thinks before it answers; on objects of their own in a stream.')
  thinking?: string;

  @Maybe.list(() => ToolCall, 'All calls of the answer, whole, on one object before the last of a stream.')
  tool_calls?: ToolCall[];
}

@ApiSchema({ description: 'The whole answer of `POST /api/chat`, or one line of its stream.' })
export class ChatResponse extends TextResponse {
  @Always.one(() => AnswerMessage, 'What the model says.')
  message!: AnswerMessage;
}
