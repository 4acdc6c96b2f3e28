import { describe, expect, it } from 'vitest';
import { withProxy } from '../support/with-proxy.js';

/** Without a script: the model of `npm start`. */
const setup = withProxy({});

const string = (description = '') => ({ type: 'string', ...(description !== '' && { description }) });
const tool = (name: string, properties: object, required: string[] = Object.keys(properties)) => ({
  type: 'function',
  function: { name, description: name, parameters: { type: 'object', properties, required } },
});

/** Shapes of agents' tools and messages. */
const CALC = tool('Calc', { input: string() }, []);
const CODING = [
  tool('execute_command', { command: string(), requires_approval: { type: 'boolean' } }),
  tool('read_file', { path: string('The path of the file, relative to the working directory') }),
  tool('write_to_file', { path: string(), content: string() }),
  tool('replace_in_file', { path: string(), old_string: string(), new_string: string() }),
  tool('attempt_completion', { result: string() }),
];
const asTask = (text: string): string =>
  `<task>\n${text}\n</task>\n\n# Hints\nKeep a list.\n<environment_details>\n# Open files\nsrc/other.ts\n</environment_details>`;
const TERMINAL = [
  tool('bash', { command: string(), timeout: { type: 'integer' }, workdir: string() }, ['command']),
  tool('edit', { filePath: string('The absolute path to the file'), oldString: string(), newString: string() }),
  tool('glob', { pattern: string(), path: string() }, ['pattern']),
  tool('read', { filePath: string('The absolute path to the file'), limit: { type: 'integer' } }, ['filePath']),
  tool('write', { content: string(), filePath: string('The absolute path to the file') }),
];
const IN_FOLDER = 'You help with code.\n<env>\n  Working directory: /home/user/app\n</env>';

interface Loop {
  readonly system?: string;
  readonly user: string;
  readonly tools: readonly object[];
  readonly call: { readonly name: string; readonly arguments: unknown };
}

const LOOPS: readonly (readonly [string, Loop])[] = [
  [
    'n8n: a calculator whose input is optional',
    {
      system: 'You are a helpful assistant',
      user: 'what is 2+2',
      tools: [CALC],
      call: { name: 'Calc', arguments: { input: '2+2' } },
    },
  ],
  ...[
    ['What is 12.5 * (3 - 1)?', '12.5 * (3 - 1)'],
    ['Please work out 17 plus 25', '17 + 25'],
  ].map(
    ([user = '', input = '']) =>
      [`n8n: ${user}`, { user, tools: [CALC, CODING[1]!], call: { name: 'Calc', arguments: { input } } }] as const,
  ),
  [
    'a task among notes: read a file',
    { user: asTask('Read src/app.ts'), tools: CODING, call: { name: 'read_file', arguments: { path: 'src/app.ts' } } },
  ],
  [
    'a task among notes: write a file',
    {
      user: asTask('Write "Grüße 🙂" to notes/a.md'),
      tools: CODING,
      call: { name: 'write_to_file', arguments: { path: 'notes/a.md', content: 'Grüße 🙂' } },
    },
  ],
  [
    'a task among notes: change a file',
    {
      user: asTask("Replace 'old' by 'new' in src/app.ts"),
      tools: CODING,
      call: { name: 'replace_in_file', arguments: { path: 'src/app.ts', old_string: 'old', new_string: 'new' } },
    },
  ],
  [
    'a prompt as a JSON string: run a command',
    {
      system: IN_FOLDER,
      user: JSON.stringify('Run `ls > list.txt`'),
      tools: TERMINAL,
      call: { name: 'bash', arguments: { command: 'ls > list.txt' } },
    },
  ],
  [
    'a prompt as a JSON string: write a file by its absolute path',
    {
      system: IN_FOLDER,
      user: JSON.stringify('Write "Hello" to notes.txt.'),
      tools: TERMINAL,
      call: { name: 'write', arguments: { content: 'Hello', filePath: '/home/user/app/notes.txt' } },
    },
  ],
];

describe.each(LOOPS)('%s', (_name, { system, user, tools, call }) => {
  const messages = [
    ...(system === undefined ? [] : [{ role: 'system', content: system }]),
    { role: 'user', content: user },
  ];

  it('ends with the right arguments on the Ollama API', async () => {
    const request = { model: 'sim-chat', tools, stream: false };
    const { lines } = await setup.ask('/api/chat', { ...request, messages });
    const message = lines[0]?.message;
    expect(message?.tool_calls?.map((each) => each.function)).toMatchObject([call]);
    const result = { role: 'tool', tool_name: call.name, content: 'result 815' };
    const end = await setup.ask('/api/chat', { ...request, messages: [...messages, message, result] });
    expect(end.lines[0]?.message).not.toHaveProperty('tool_calls');
    expect(end.lines[0]?.message?.content).toContain(`The tool ${call.name} says: "result 815"`);
  });

  it('ends with the right arguments on the OpenAI API', async () => {
    const request = { model: 'sim-chat', tools };
    const ask = async (more: readonly object[]) => {
      const { text } = await setup.ask('/v1/chat/completions', { ...request, messages: [...messages, ...more] });
      return (JSON.parse(text) as { choices: { message: Answer }[] }).choices[0]!.message;
    };
    const answer = await ask([]);
    const [made] = answer.tool_calls ?? [];
    expect([made?.function.name, JSON.parse(made?.function.arguments ?? '')]).toEqual([call.name, call.arguments]);
    const end = await ask([answer, { role: 'tool', tool_call_id: made!.id, content: 'result 815' }]);
    expect(end.tool_calls ?? []).toEqual([]);
    expect(end.content).toContain('result 815');
  });
});

interface Answer {
  readonly content: string | null;
  readonly tool_calls?: readonly { id: string; function: { name: string; arguments: string } }[];
}
