import { fileURLToPath } from 'node:url';

export const FOLDER = fileURLToPath(new URL('../../node_modules/.cache/agents', import.meta.url));

/** Their programs are inside of the packages, so nothing is downloaded when they are installed or started. */
export const PACKAGES = {
  '@anthropic-ai/claude-code': '2.1.332',
  '@openai/codex': '0.171.0',
  '@qwen-code/qwen-code': '0.24.4',
  'opencode-ai': '1.18.33',
} as const;

const ARCH = process.arch === 'arm64' ? 'arm64' : 'x64';
const TRIPLE = `${ARCH === 'arm64' ? 'aarch64' : 'x86_64'}-unknown-linux-musl`;

/** The programs that the packages start; `qwen` runs on Node. */
export const PROGRAMS = {
  claude: `${FOLDER}/node_modules/@anthropic-ai/claude-code-linux-${ARCH}/claude`,
  codex: `${FOLDER}/node_modules/@openai/codex-linux-${ARCH}/vendor/${TRIPLE}/bin/codex`,
  opencode: `${FOLDER}/node_modules/opencode-linux-${ARCH}/bin/opencode`,
  qwen: `${FOLDER}/node_modules/@qwen-code/qwen-code/cli.js`,
} as const;
