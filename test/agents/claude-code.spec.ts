import { PROGRAMS } from './packages.js';
import type { Agent } from './suite.js';
import { judgeAgent } from './suite.js';

const agent: Agent = {
  name: 'Claude Code',
  program: PROGRAMS.claude,
  arguments: (prompt) => ['-p', prompt, '--model', 'sim-chat', '--allowedTools', 'Bash,Write,Read'],
  environment: (url) => ({
    ANTHROPIC_BASE_URL: url,
    ANTHROPIC_AUTH_TOKEN: 'none',
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
