import { isRecord } from '#primitives';
import type { Dialect } from '../dialects/dialect.js';
import type { JsonObject } from '../json.js';
import {
  findCommands,
  findContents,
  findOperations,
  findWorkingFolder,
  hasWord,
  wordsOf,
} from '../prompt/find-values.js';
import { PromptValues } from '../prompt/prompt-values.js';
import { sampleSchema } from '../schema/sample-schema.js';
import type { Script } from '../scripts/script.js';
import type { Random } from '../text/random.js';
import { digest } from '../text/random.js';
import type { ChatRequest, ToolSpec } from './chat-request.js';
import { contentText } from './content.js';

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
    arguments: pieces(JSON.stringify(makeArguments(request, tool, context.random))),
  }));
}

/**
 * Arguments from the words of the user; made up where these hold none. Always an object, even for a function whose
 * parameters allow other values, or none at all.
 */
function makeArguments({ messages, userWords, toolResults }: ChatRequest, tool: ToolSpec, random: Random): JsonObject {
  const results = toolResults.map(({ text }) => text);
  const folder = findWorkingFolder(messages.map(({ content }) => contentText(content)).join('\n'));
  const prompt = new PromptValues({ text: userWords, results, tool: tool.name, folder });
  const schema = isRecord(tool.parameters) ? { type: 'object', ...tool.parameters } : { type: 'object' };
  const sample = sampleSchema(schema, random, prompt);
  return isRecord(sample) ? sample : {};
}

function chooseTools(request: ChatRequest, count: number | undefined): ToolSpec[] {
  const { tools, toolChoice, toolResults } = request;
  const wanted = forcedTool(request) ?? namedTools(request);
  if (count !== undefined) return Array.from({ length: count }, (_, index) => cycle(wanted, tools, index));
  if (tools.length === 0 || toolChoice === 'none') return [];
  const last = finalTool(request);
  if (toolResults.length > 0)
    return last && toolResults.every(({ name }) => name !== undefined && name !== last.name) ? [last] : [];
  if (wanted.length === 0 && last) return [last];
  const first = wanted.length > 0 ? wanted : tools.slice(0, 1);
  return request.body.parallel_tool_calls === false ? first.slice(0, 1) : first;
}

function forcedTool({ tools, toolChoice }: ChatRequest): ToolSpec[] | undefined {
  return typeof toolChoice === 'object' ? tools.filter((tool) => tool.name === toolChoice.name) : undefined;
}

/** The tools the user mentions, in the order of their declaration; else the one whose work the user describes. */
function namedTools({ tools, userWords }: ChatRequest): ToolSpec[] {
  const named = tools.filter((tool) => userWords.includes(tool.name));
  if (named.length > 0) return named;
  const meant = tools.find(({ name }) => isMeant(name, userWords)) ?? findByWork(tools, userWords);
  return meant ? [meant] : [];
}

/** Words in names of tools that do not set one tool apart from another. */
const COMMON_WORDS = new Set(['get', 'file', 'tool', 'the', 'a', 'to', 'in', 'text', 'data']);

function isMeant(name: string, text: string): boolean {
  const words = wordsOf(name).filter((word) => !COMMON_WORDS.has(word));
  return words.length > 0 && words.every((word) => hasWord(text, word));
}

/** What a text has that describes the work of tools with such names. */
const WORK: readonly (readonly [isIn: (text: string) => boolean, names: RegExp])[] = [
  [(text) => findOperations(text).length > 0, /calc|math|evaluate/i],
  [(text) => /\b(run|execute)\b/i.test(text) && findCommands(text).length > 0, /bash|shell|command|exec|terminal/i],
  [(text) => /\b(replace|change)\b/i.test(text) && findContents(text).length > 1, /edit|replace/i],
];

function findByWork(tools: ToolSpec[], text: string): ToolSpec | undefined {
  for (const [isIn, names] of WORK) {
    const tool = isIn(text) ? tools.find(({ name }) => names.test(name)) : undefined;
    if (tool) return tool;
  }
  return undefined;
}

/** The tool that the instructions demand for the final answer, as n8n's do when an agent has an output parser. */
function finalTool({ messages, tools }: ChatRequest): ToolSpec | undefined {
  const instructions = messages.filter(({ role }) => role === 'system' || role === 'developer');
  const demand = /\bmust (?:use|call) the [`"']?([\w.-]+)[`"']? tool/i.exec(
    instructions.map(({ content }) => contentText(content)).join('\n'),
  );
  return tools.find(({ name }) => name === demand?.[1]);
}

function cycle(wanted: ToolSpec[], tools: ToolSpec[], index: number): ToolSpec {
  const list = wanted.length > 0 ? wanted : tools;
  return list[index % list.length] ?? { name: 'invented_tool', parameters: {} };
}

function callId({ key, idForm }: CallContext, index: number): string {
  const hex = digest([key, index]);
  return idForm === 'short' ? hex.slice(0, 9) : `call_${hex.slice(0, 24)}`;
}

function pieces(json: string): string[] {
  return json.match(/.{1,6}/gsu) ?? [];
}
