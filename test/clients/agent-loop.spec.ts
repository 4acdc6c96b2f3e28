import type { BaseMessage } from '@langchain/core/messages';
import { HumanMessage, SystemMessage, ToolMessage } from '@langchain/core/messages';
import { StructuredOutputParser } from '@langchain/core/output_parsers';
import { ChatOllama } from '@langchain/ollama';
import { generateText, isStepCount } from 'ai';
import { createOllama } from 'ai-sdk-ollama';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { toAiTools } from './ai-suite.js';
import * as judge from './support.js';

const setup = judge.withJudge({});

/** Tools that work on what they are given: a calculator, files in memory. */
function makeWorkshop() {
  const files = new Map<string, string>();
  const calculator = new judge.Tool(
    'calculator',
    'Evaluates an expression',
    z.strictObject({ expression: z.string() }),
    ({ expression }) => {
      const [, left, right] = /^(\d+) \* (\d+)$/.exec(expression)!;
      return String(Number(left) * Number(right));
    },
  );
  const write = new judge.Tool(
    'write_file',
    'Writes a file',
    z.strictObject({ path: z.string(), content: z.string(), append: z.boolean().optional() }),
    ({ path, content }) => {
      files.set(path, content);
      return `wrote ${path}`;
    },
  );
  const read = new judge.Tool(
    'read_file',
    'Reads a file',
    z.strictObject({ path: z.string(), limit: z.int().optional() }),
    ({ path }) => files.get(path) ?? 'no such file',
  );
  return { files, tools: [calculator, write, read] };
}

type Tools = ReturnType<typeof makeWorkshop>['tools'];

const AGENTS: readonly (readonly [string, (prompts: readonly string[], tools: Tools) => Promise<string>])[] = [
  [
    '@langchain/ollama',
    async (prompts, tools) => {
      const model = new ChatOllama({ baseUrl: setup.proxy.url, model: 'sim-chat', maxRetries: 0 });
      const agent = model.bindTools(tools.map(({ definition }) => definition));
      const history: BaseMessage[] = [];
      for (const prompt of prompts) {
        history.push(new HumanMessage(prompt));
        for (;;) {
          const message = await agent.invoke(history);
          history.push(message);
          if (!message.tool_calls?.length) break;
          for (const { id, name, args } of message.tool_calls) {
            const content = tools.find((tool) => tool.name === name)!.run(args);
            history.push(new ToolMessage({ tool_call_id: id!, name, content }));
          }
        }
      }
      return history.at(-1)!.text;
    },
  ],
  [
    'ai-sdk-ollama',
    async (prompts, tools) => {
      const model = createOllama({ baseURL: setup.proxy.url })('sim-chat');
      let text = '';
      for (const prompt of prompts) {
        ({ text } = await generateText({ model, prompt, tools: toAiTools(tools), stopWhen: isStepCount(5) }));
      }
      return text;
    },
  ],
];

describe.each(AGENTS)('an agent with %s', (_name, run) => {
  it('calculates what the prompt asks for', async () => {
    const { tools } = makeWorkshop();
    expect(await run(['What is 17 * 23?'], tools)).toContain('The tool calculator says: "391".');
  });

  it('writes a file and reads it', async () => {
    const { files, tools } = makeWorkshop();
    const prompts = ['Write "Grüße 🙂" to notes/today.txt.', 'Read notes/today.txt.'];
    expect(await run(prompts, tools)).toContain('The tool read_file says: "Grüße 🙂".');
    expect([...files]).toEqual([['notes/today.txt', 'Grüße 🙂']]);
  });
});

describe('an output parser', () => {
  it('reads the answer to its format instructions', async () => {
    const parser = StructuredOutputParser.fromZodSchema(z.strictObject({ city: z.string(), people: z.int() }));
    const model = new ChatOllama({ baseUrl: setup.proxy.url, model: 'sim-chat', maxRetries: 0 });
    const prompt = `There are 700 people in Oslo.\n${parser.getFormatInstructions()}`;
    expect(await model.pipe(parser).invoke(prompt)).toEqual({ city: 'Oslo', people: 700 });
  });

  it('that is a tool for the final answer gets it', async () => {
    const { tools } = makeWorkshop();
    const output = z.strictObject({ output: z.strictObject({ answer: z.string() }) });
    const final = new judge.Tool('format_final_json_response', 'Formats the answer', output, () => 'done');
    const model = new ChatOllama({ baseUrl: setup.proxy.url, model: 'sim-chat', maxRetries: 0 });
    const agent = model.bindTools([...tools, final].map(({ definition }) => definition));
    const history: BaseMessage[] = [
      new SystemMessage('For your response, you MUST use the `format_final_json_response` tool.'),
      new HumanMessage('Use the calculator for 6 * 7.'),
    ];
    const first = await agent.invoke(history);
    expect(first.tool_calls).toMatchObject([{ name: 'calculator', args: { expression: '6 * 7' } }]);
    const { id, name } = first.tool_calls![0]!;
    const second = await agent.invoke([...history, first, new ToolMessage({ tool_call_id: id!, name, content: '42' })]);
    expect(second.tool_calls).toMatchObject([{ name: final.name, args: { output: { answer: '42' } } }]);
  });
});
