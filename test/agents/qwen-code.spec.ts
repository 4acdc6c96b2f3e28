import { PROGRAMS } from './packages.js';
import { judgeAgent } from './suite.js';

judgeAgent({
  name: 'qwen-code',
  program: PROGRAMS.qwen,
  arguments: (prompt) => ['--auth-type', 'openai', '--yolo', '-p', prompt],
  environment: (url) => ({
    OPENAI_API_KEY: 'none',
    OPENAI_BASE_URL: `${url}/v1`,
    OPENAI_MODEL: 'sim-chat',
    QWEN_TELEMETRY_ENABLED: 'false',
  }),
  files: () => ({
    '.qwen/settings.json': JSON.stringify({
      privacy: { usageStatisticsEnabled: false },
      general: { disableAutoUpdate: true, disableUpdateNag: true, enableAutoUpdate: false },
    }),
  }),
  write: (file, text) => ({
    name: 'run_shell_command',
    arguments: { command: `printf %s '${text}' > '${file}'`, is_background: false, description: 'Writes a file' },
  }),
  repeatsRejections: true,
  tooLong: /context length|too long|compress/i,
});
