import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { isRecord } from '#primitives';
import type { Script, Simulator } from '../../apps/simulator/src/simulator.js';
import { createSimulator } from '../../apps/simulator/src/simulator.js';
import type { RunningProxy } from '../support/start-proxy.js';
import { startProxy } from '../support/start-proxy.js';

/** A run longer than this is a client that repeats for ever. */
const RUN_MS = 80_000;

export interface Agent {
  readonly name: string;
  /** File of the program. */
  readonly program: string;
  /** Arguments for one prompt without a terminal. */
  readonly arguments: (prompt: string) => readonly string[];
  readonly environment: (url: string, home: string) => Readonly<Record<string, string>>;
  /** Configuration files, by their path in the home folder. */
  readonly files?: (url: string) => Readonly<Record<string, string>>;
  /** The call by which its model writes a file. */
  readonly write: (file: string, text: string) => { readonly name: string; readonly arguments: unknown };
  /** What it shows for a conversation that is too long. */
  readonly tooLong: RegExp;
  /** It repeats chat completions after a 400, or shortens the conversation: the run ends when the text is there. */
  readonly repeatsRejections?: boolean;
}

interface Run {
  readonly status: number | null;
  readonly output: string;
  readonly all: string;
}

const ANSWER = 'The capital of France is Paris 🙂.';
const UPSTREAM_ERROR = 'The tokenizer of sim-chat is on fire.';
const TOO_LONG =
  "This model's maximum context length is 8192 tokens. However, your messages resulted in 9431 tokens. Please reduce the length of the messages.";

/** Runs a real agent against the proxy in front of a simulator that has one API and whose model follows a script. */
export function judgeAgent(agent: Agent, api: 'chat' | 'responses' = 'chat'): void {
  const isThere = process.platform === 'linux' && existsSync(agent.program);
  const title = `${agent.name} on an upstream with ${api}`;
  describe.skipIf(!isThere)(`${title}${isThere ? '' : ' (its package could not be installed)'}`, () => {
    let simulator: Simulator;
    let proxy: RunningProxy;
    let home: string;
    /** What the model does; the number counts the requests that offer tools, from 0. */
    let script: ((turn: number, isAfterTool: boolean) => Script) | undefined;
    let turns = 0;

    beforeAll(async () => {
      simulator = createSimulator({
        ...(api === 'chat' && { dialect: 'strictest' as const }),
        apis: [api],
        catalogue: 'plain',
        scriptFor: (body) => {
          if (!isRecord(body) || !script) return undefined;
          const conversation = body.messages ?? body.input;
          if (!Array.isArray(conversation)) return undefined;
          // Titles and the like.
          if (!Array.isArray(body.tools)) return { text: 'A title' };
          const last: unknown = conversation.at(-1);
          const isAfterTool = isRecord(last) && (last.role === 'tool' || last.type === 'function_call_output');
          turns += 1;
          return script(turns - 1, isAfterTool);
        },
      });
      proxy = await startProxy(await simulator.listen());
    });
    beforeEach(() => {
      simulator.reset();
      turns = 0;
      home = mkdtempSync(join(tmpdir(), 'agent-'));
      mkdirSync(join(home, 'work'));
      for (const [path, text] of Object.entries(agent.files?.(proxy.url) ?? {})) {
        mkdirSync(dirname(join(home, path)), { recursive: true });
        writeFileSync(join(home, path), text);
      }
      return () => {
        rmSync(home, { recursive: true, force: true, maxRetries: 3 });
      };
    });
    afterAll(async () => {
      await proxy.close();
      await simulator.close();
    });

    const endOf = (text: string | RegExp): RegExp | undefined =>
      agent.repeatsRejections ? new RegExp(text) : undefined;

    /** @param until ends the run when it is in the output */
    function run(prompt: string, until?: RegExp): Promise<Run> {
      const child = spawn(...toCommand(agent.program, agent.arguments(prompt)), {
        cwd: join(home, 'work'),
        env: {
          HOME: home,
          PATH: `${dirname(process.execPath)}:/usr/bin:/bin`,
          LANG: 'C.UTF-8',
          // Nothing leaves the machine: other addresses would be reached through this proxy, where nothing listens.
          HTTPS_PROXY: 'http://127.0.0.1:9',
          NO_PROXY: '127.0.0.1,localhost',
          ...agent.environment(proxy.url, home),
        },
        stdio: ['ignore', 'pipe', 'pipe'],
        timeout: RUN_MS,
        killSignal: 'SIGKILL',
      });
      let output = '';
      let errors = '';
      const look = (): void => {
        if (until?.test(output + errors)) child.kill('SIGKILL');
      };
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        output += text;
        look();
      });
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        errors += text;
        look();
      });
      return new Promise((resolve, reject) => {
        child.on('error', reject);
        child.on('close', (status) => {
          resolve({ status, output, all: output + errors });
        });
      });
    }

    it('shows an answer', async () => {
      script = () => ({ text: ANSWER });
      const { status, output, all } = await run('What is the capital of France?');
      expect([status, output], all).toEqual([0, expect.stringContaining(ANSWER)]);
    });

    it('runs a tool and goes on with its result', async () => {
      const file = (): string => join(home, 'work', 'answer.txt');
      script = (_turn, isAfterTool) =>
        isAfterTool ? { text: 'The file is there.' } : { calls: [agent.write(file(), 'Paris 🙂\n')] };
      const { status, output, all } = await run('Write the capital of France into answer.txt.');
      expect([status, output], all).toEqual([0, expect.stringContaining('The file is there.')]);
      expect(readFileSync(file(), 'utf8').trim()).toBe('Paris 🙂');
    });

    it('writes a file with a model that has no script', async () => {
      script = undefined;
      const { all } = await run('Write "Hello from a test" to notes.txt.');
      expect(readFileSync(join(home, 'work', 'notes.txt'), 'utf8').trim(), all).toBe('Hello from a test');
    });

    it('reads a file with a model that has no script', async () => {
      script = undefined;
      writeFileSync(join(home, 'work', 'notes.txt'), 'Hello from a test');
      const { status, output, all } = await run('Read notes.txt.');
      expect([status, output], all).toEqual([0, expect.stringContaining('Hello from a test')]);
    });

    it('shows an error of the upstream and stops', async () => {
      script = () => ({ status: 400, error: UPSTREAM_ERROR });
      const { status, all } = await run('What is the capital of France?', endOf(UPSTREAM_ERROR));
      expect(all).toContain(UPSTREAM_ERROR);
      if (!agent.repeatsRejections) expect(status).toBe(1);
    });

    it('never takes a stream that broke off for an answer', async () => {
      script = (turn) => (turn === 0 ? { text: ANSWER, cut: 'between-events', after: 3 } : { text: ANSWER });
      const { status, output, all } = await run('What is the capital of France?');
      if (status === 0) expect(output, all).toContain(ANSWER);
      else expect(all).toMatch(/error|broke|disconnect/i);
    });

    it('knows that the conversation is too long', async () => {
      script = () => ({ status: 400, error: TOO_LONG });
      const { all } = await run('What is the capital of France?', endOf(agent.tooLong));
      expect(all).toMatch(agent.tooLong);
    });
  });
}

function toCommand(program: string, given: readonly string[]): [string, string[]] {
  return program.endsWith('.js') ? [process.execPath, [program, ...given]] : [program, [...given]];
}
