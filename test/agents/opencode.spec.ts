import { PROGRAMS } from './packages.js';
import { judgeAgent } from './suite.js';

judgeAgent({
  name: 'opencode',
  program: PROGRAMS.opencode,
  arguments: (prompt) => ['run', prompt],
  environment: (_url, home) => ({
    OPENCODE_DISABLE_MODELS_FETCH: '1',
    OPENCODE_DISABLE_AUTOUPDATE: '1',
    XDG_CONFIG_HOME: `${home}/.config`,
    XDG_DATA_HOME: `${home}/.data`,
    XDG_CACHE_HOME: `${home}/.cache`,
    XDG_STATE_HOME: `${home}/.state`,
  }),
  files: (url) => ({
    'work/opencode.json': JSON.stringify({
      provider: {
        proxy: {
          npm: '@ai-sdk/openai-compatible',
          options: { baseURL: `${url}/v1`, apiKey: 'none' },
          models: { 'sim-chat': { limit: { context: 32_000, output: 4000 } } },
        },
      },
      model: 'proxy/sim-chat',
      small_model: 'proxy/sim-chat',
      permission: 'allow',
      autoupdate: false,
      share: 'disabled',
    }),
  }),
  write: (file, text) => ({
    name: 'bash',
    arguments: { command: `printf %s '${text}' > '${file}'`, description: 'Writes a file' },
  }),
  repeatsRejections: true,
  tooLong: /context length|too long|compact/i,
});
