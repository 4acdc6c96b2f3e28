import { readFileSync } from 'node:fs';
import { PROGRAMS } from './packages.js';
import type { Agent } from './suite.js';
import { judgeAgent } from './suite.js';

const { env } = JSON.parse(readFileSync('examples/claude-code/settings.json', 'utf8')) as {
  env: Record<string, string>;
};

/** Of the model in the documents; the simulator's has another. */
delete env.CLAUDE_CODE_AUTO_COMPACT_WINDOW;

const agent: Agent = {
  name: 'Claude Code',
  program: PROGRAMS.claude,
  arguments: (prompt) => ['-p', prompt, '--model', 'sim-chat', '--allowedTools', 'Bash,Write,Read'],
  environment: (url) => ({
    ...env,
    ANTHROPIC_BASE_URL: url,
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    DISABLE_AUTOUPDATER: '1',
    DISABLE_TELEMETRY: '1',
    DISABLE_ERROR_REPORTING: '1',
  }),
  write: (file, text) => ({ name: 'Write', arguments: { file_path: file, content: text } }),
  tooLong: /prompt is too long/i,
};

judgeAgent(agent);
judgeAgent(agent, 'responses');
