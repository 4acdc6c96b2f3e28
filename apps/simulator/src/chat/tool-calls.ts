import { isRecord } from '#primitives';
import type { Dialect } from '../dialects/dialect.js';
import type { JsonObject } from '../json.js';
import { sampleSchema } from '../schema/sample-schema.js';
import type { Script } from '../scripts/script.js';
import type { Random } from '../text/random.js';
import { digest } from '../text/random.js';
import type { ChatRequest, ToolSpec } from './chat-request.js';

export interface AnswerCall {
  id: string;
  name: string;
  /** The arguments as JSON, in pieces that count as a token each. */
  arguments: string[];
}

interface CallContext {
  script: Script;
  random: Random;
  /** Digest of the request; makes ids that differ from turn to turn. */
  key: string;
  idForm: Dialect['toolIdForm'];
}

/** The tool calls this request is answered with; none means a text answer. */
export function makeToolCalls(request: ChatRequest, context: CallContext): AnswerCall[] {
  const { calls } = context.script;
  if (calls) {
    return calls.map(({ name, arguments: value }, index) => ({
      id: callId(context, index),
      name,
      arguments: pieces(JSON.stringify(value)),
    }));
  }
  return chooseTools(request, context.script.toolCalls).map((tool, index) => ({
    id: callId(context, index),
    name: tool.name,
    arguments: pieces(JSON.stringify(sampleArguments(tool.parameters, context.random))),
  }));
}

function chooseTools(request: ChatRequest, count: number | undefined): ToolSpec[] {
  const { tools, toolChoice } = request;
  const wanted = forcedTool(request) ?? namedTools(request);
  if (count !== undefined) return Array.from({ length: count }, (_, index) => cycle(wanted, tools, index));
  if (tools.length === 0 || toolChoice === 'none' || request.toolResults.length > 0) return [];
  const first = wanted.length > 0 ? wanted : tools.slice(0, 1);
  return request.body.parallel_tool_calls === false ? first.slice(0, 1) : first;
}

function forcedTool({ tools, toolChoice }: ChatRequest): ToolSpec[] | undefined {
  return typeof toolChoice === 'object' ? tools.filter((tool) => tool.name === toolChoice.name) : undefined;
}

/** The tools the user mentions, in the order of their declaration. */
function namedTools({ tools, lastUserText }: ChatRequest): ToolSpec[] {
  return tools.filter((tool) => lastUserText.includes(tool.name));
}

function cycle(wanted: ToolSpec[], tools: ToolSpec[], index: number): ToolSpec {
  const list = wanted.length > 0 ? wanted : tools;
  return list[index % list.length] ?? { name: 'invented_tool', parameters: {} };
}

/** Arguments are always an object, even for a function whose parameters allow other values, or none at all. */
function sampleArguments(parameters: unknown, random: Random): JsonObject {
  const schema = isRecord(parameters) ? { type: 'object', ...parameters } : { type: 'object' };
  const sample = sampleSchema(schema, random);
  return isRecord(sample) ? sample : {};
}

function callId({ key, idForm }: CallContext, index: number): string {
  const hex = digest([key, index]);
  return idForm === 'short' ? hex.slice(0, 9) : `call_${hex.slice(0, 24)}`;
}

function pieces(json: string): string[] {
  return json.match(/.{1,6}/gsu) ?? [];
}
