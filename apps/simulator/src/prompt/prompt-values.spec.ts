import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sampleSchema } from '../schema/sample-schema.js';
import { createRandom } from '../text/random.js';
import { findWorkingFolder } from './find-values.js';
import { PromptValues } from './prompt-values.js';

const string = { type: 'string' };
const number = { type: 'number' };
const integer = { type: 'integer' };

/** An object of these properties, all of them required, out of a text. */
function take(
  text: string,
  properties: Record<string, object>,
  more: { tool?: string; folder?: string; required?: string[] } = {},
) {
  const schema = { type: 'object', properties, required: more.required ?? Object.keys(properties) };
  const prompt = new PromptValues({ text, results: ['42 apples'], tool: more.tool, folder: more.folder });
  return sampleSchema(schema, createRandom(1), prompt);
}

describe('values of a prompt', () => {
  it.each([
    ['What is 17 * (3 + 4)?', { expression: string }, { expression: '17 * (3 + 4)' }],
    ['What is 17 times 23?', { expression: string }, { expression: '17 * 23' }],
    ['Add 1,200 and -3.5.', { a: number, b: number }, { a: 1200, b: -3.5 }],
    ['12-3', { a: integer, b: integer }, { a: 12, b: 3 }],
    ['What is 8 / 2?', { op: { enum: ['add', 'divide'] }, a: number, b: number }, { op: 'divide', a: 8, b: 2 }],
    ['Sum 4, 8 and 15', { numbers: { type: 'array', items: number } }, { numbers: [4, 8, 15] }],
    ['Weather in San Marino for 3 days', { days: integer, city: string }, { days: 3, city: 'San Marino' }],
    ['Read ./src/a-b.ts, e.g. now', { filePath: string }, { filePath: './src/a-b.ts' }],
    [
      'Write "Hello 🙂" to "notes/a.txt".',
      { content: string, path: string },
      { content: 'Hello 🙂', path: 'notes/a.txt' },
    ],
    [
      'Save this in b.md:\n```md\n# One\n\nTwo\n```',
      { text: string, file: string },
      { text: '# One\n\nTwo', file: 'b.md' },
    ],
    ["Replace 'a' by 'b' in x.ts", { old_string: string, new_string: string }, { old_string: 'a', new_string: 'b' }],
    ['Run `ls -l`', { command: string }, { command: 'ls -l' }],
    [
      'Fetch https://example.com/a?b=1.',
      { url: { type: 'string', format: 'uri' } },
      { url: 'https://example.com/a?b=1' },
    ],
    ['Set colour: red, city=Paris', { colour: string, city: string }, { colour: 'red', city: 'Paris' }],
    ['{"full_name": "Ada L"}', { fullName: string }, { fullName: 'Ada L' }],
    ['Meet on 2026-05-04', { date: { type: 'string', format: 'date' } }, { date: '2026-05-04' }],
    ['Who is it?', { query: string }, { query: 'Who is it?' }],
    ['Say it', { answer: string }, { answer: '42 apples' }],
  ])('%j gives %j', (text, properties, expected) => {
    expect(take(text, properties)).toEqual(expected);
  });

  it('are those of the tool where the property says nothing', () => {
    const input = { input: string };
    expect(take('Use the Calculator to work out 6*7.', input, { tool: 'Calculator' })).toEqual({ input: '6*7' });
    expect(take('Show me a.txt', input, { tool: 'read_file' })).toEqual({ input: 'a.txt' });
  });

  it.each([
    ['Write "It\'s 🙂" to notes.txt.', `printf %s 'It'\\''s 🙂' > 'notes.txt'`],
    ['Read notes.txt.', `cat 'notes.txt'`],
    ['Run `cat a.txt > b.txt`', 'cat a.txt > b.txt'],
  ])('are a command where a shell is the only tool: %s', (text, cmd) => {
    expect(take(text, { cmd: string })).toEqual({ cmd });
  });

  it('are absolute paths where the tool wants them', () => {
    const path = { type: 'string', description: 'The absolute path of the file' };
    expect(take('Read notes.txt', { file_path: path }, { folder: '/home/a' })).toEqual({
      file_path: '/home/a/notes.txt',
    });
    expect(take('Read /tmp/b.txt', { file_path: path }, { folder: '/home/a' })).toEqual({ file_path: '/tmp/b.txt' });
    expect(take('Read notes.txt', { file_path: path })).toEqual({ file_path: 'notes.txt' });
  });

  it.each([
    ['<env>\n  Working directory: /home/user/app\n</env>', '/home/user/app'],
    ["I'm currently working in the directory: /home/a", '/home/a'],
    ['Paths are relative to the working directory. Use /commands', undefined],
    ['the working directory or /etc', undefined],
  ])('of a folder are found in %j', (text, folder) => {
    expect(findWorkingFolder(text)).toBe(folder);
  });

  it('are no file where a folder is wanted', () => {
    const properties = { command: string, directory: string };
    expect(take('Run `ls > a.txt`', properties, { required: ['command'] })).toEqual({ command: 'ls > a.txt' });
  });

  it('leave out optional properties that are not in the prompt, if any is', () => {
    const properties = { path: string, limit: integer };
    expect(take('Read a.txt', properties, { required: ['path'] })).toEqual({ path: 'a.txt' });
    expect(take('Read it', properties, { required: [] })).toEqual({
      path: expect.any(String),
      limit: expect.any(Number),
    });
  });

  it('are not taken against the schema', () => {
    const made = take('Take 900 of a.txt', { n: { ...integer, maximum: 9 }, path: { ...string, pattern: '^/' } }) as {
      n: number;
      path: string;
    };
    expect(made.n).toBeLessThanOrEqual(9);
    expect(made.path).not.toBe('a.txt');
  });

  it('are the same each time and within their bounds, whatever the text', () => {
    const part = fc.oneof(fc.string(), fc.constantFrom('"', '`', '7', ' * ', 'a.txt', 'name is ', 'name=', '/', '('));
    fc.assert(
      fc.property(fc.array(part, { maxLength: 40 }), (parts) => {
        const properties = { name: { ...string, maxLength: 5 }, n: { ...integer, minimum: 0 }, path: string };
        const made = take(parts.join(''), properties) as { name: string; n: number };
        expect(Array.from(made.name).length).toBeLessThanOrEqual(5);
        expect(Number.isInteger(made.n) && made.n >= 0).toBe(true);
        expect(take(parts.join(''), properties)).toEqual(made);
      }),
    );
  });

  it.each(['1+', '(', 'a/', '"', 'a.', ' ', '1,111', 'x='])('are found in linear time in a long text of %j', (part) => {
    expect((count: number) => {
      take(part.repeat(count), { a: string, path: string, expression: string, n: number });
    }).toTakeLinearTime(2000);
  });
});
