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
      'model = "sim-chat"',
      'model_provider = "proxy"',
      'check_for_update_on_startup = false',
      '[analytics]',
      'enabled = false',
      '[model_providers.proxy]',
      'name = "Proxy"',
      `base_url = "${url}/v1"`,
      'wire_api = "responses"',
      'env_key = "PROXY_KEY"',
      'request_max_retries = 2',
      'stream_max_retries = 2',
      '',
    ].join('\n'),
  }),
  write: (file, text) => ({ name: 'exec_command', arguments: { cmd: `printf %s '${text}' > '${file}'` } }),
  tooLong: /context (window|length)/i,
};

judgeAgent(CODEX);
judgeAgent(CODEX, 'responses');
