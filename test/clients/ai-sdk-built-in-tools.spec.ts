import { createOpenAI } from '@ai-sdk/openai';
import { generateText, isStepCount, streamText } from 'ai';
import { describe, expect, it } from 'vitest';
import * as judge from './support.js';

const setup = judge.withJudge();
const openai = () => createOpenAI({ baseURL: `${setup.proxy.url}/v1`, apiKey: 'none' });

type Run = (name: string, value: unknown) => void;
const TOOLS: [name: string, args: object, result: string, make: (run: Run) => object][] = [
  [
    'local_shell',
    { command: ['ls'] },
    'a.txt',
    (run) => ({
      local_shell: openai().tools.localShell({
        execute: ({ action }) => {
          run('local_shell', action.command);
          return Promise.resolve({ output: 'a.txt' });
        },
      }),
    }),
  ],
  [
    'shell',
    { commands: ['ls'] },
    'a.txt',
    (run) => ({
      shell: openai().tools.shell({
        execute: ({ action }) => {
          run('shell', action.commands);
          return Promise.resolve({
            output: [{ stdout: 'a.txt', stderr: '', outcome: { type: 'exit' as const, exitCode: 0 } }],
          });
        },
      }),
    }),
  ],
  [
    'apply_patch',
    { type: 'update_file', path: 'a.txt', diff: '@@\n-"b"\n+c' },
    'completed: done',
    (run) => ({
      apply_patch: openai().tools.applyPatch({
        execute: ({ operation }) => {
          run('apply_patch', operation);
          return Promise.resolve({ status: 'completed' as const, output: 'done' });
        },
      }),
    }),
  ],
];

describe("OpenAI's built-in tools of the AI SDK", () => {
  it.each(TOOLS)('%s is run by the client, and its result reaches the model', async (name, args, result, make) => {
    for (const run of [generateText, streamText]) {
      const ran: unknown[] = [];
      const answer = await run({
        model: openai().responses('sim-chat'),
        prompt: judge.sim({ calls: [{ name, arguments: args }] }),
        tools: make((tool, value) => ran.push([tool, value])) as Parameters<typeof generateText>[0]['tools'] & object,
        stopWhen: isStepCount(2),
      });
      expect(await answer.steps).toHaveLength(2);
      expect(ran[0]).toEqual([name, Object.values(args).length > 1 ? args : Object.values(args)[0]]);
      const { messages } = setup.lastBody() as { messages: { role: string; content: string }[] };
      expect(messages.find(({ role }) => role === 'tool')?.content).toContain(result);
    }
  });
});
