import { readFileSync } from 'node:fs';
import { PROGRAMS } from './packages.js';
import type { Agent } from './suite.js';
import { judgeAgent } from './suite.js';

const CODEX: Agent = {
  name: 'Codex',
  program: PROGRAMS.codex,
  arguments: (prompt) => ['exec', '--skip-git-repo-check', '--dangerously-bypass-approvals-and-sandbox', prompt],
  environment: (_url, home) => ({ CODEX_HOME: `${home}/.codex`, PROXY_KEY: 'none' }),
  files: (url) => ({
    '.codex/config.toml': [
      'check_for_update_on_startup = false',
      // Its last table is that of the provider.
      readFileSync('examples/codex/config.toml', 'utf8').replace('http://localhost:11434', url),
      'request_max_retries = 2',
      'stream_max_retries = 2',
      '[analytics]',
      'enabled = false',
      '',
    ].join('\n'),
  }),
  write: (file, text) => ({ name: 'exec_command', arguments: { cmd: `printf %s '${text}' > '${file}'` } }),
  tooLong: /context (window|length)/i,
};

judgeAgent(CODEX);
judgeAgent(CODEX, 'responses');
