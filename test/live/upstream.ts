import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export interface LiveUpstream {
  readonly url: string;
  readonly key: string;
  readonly model: string;
  /** Of an embeddings server, where there is one. */
  readonly embeddings?: { readonly url: string; readonly model: string };
  /** Starts a second server with a slow model; absent where that is not in our hands. */
  readonly startSlow?: () => string;
}

const SCRIPT = fileURLToPath(new URL('../../../shared/llama-server/llama-server.sh', import.meta.url));
const KEY = 'test-key';

/**
 * A real upstream: the one named by LIVE_BASE_URL, LIVE_API_KEY and LIVE_MODEL, else a llama.cpp server that is started
 * here if its script lies beside the project. Undefined where there is neither.
 */
export function liveUpstream(): LiveUpstream | undefined {
  const { LIVE_BASE_URL: url, LIVE_API_KEY: key = '', LIVE_MODEL: model } = process.env;
  if (url && model) return { url, key, model };
  if (!existsSync(SCRIPT)) return undefined;
  execFileSync(SCRIPT, ['up'], { stdio: 'inherit' });
  return {
    url: 'http://127.0.0.1:8089/v1',
    key: KEY,
    model: 'tiny-chat',
    embeddings: { url: 'http://127.0.0.1:8090/v1', model: 'tiny-embed' },
    startSlow: () => {
      execFileSync(SCRIPT, ['up'], {
        stdio: 'inherit',
        env: { ...process.env, LLAMA_LAYERS: '400', LLAMA_PORT: '8189', LLAMA_EMBED_PORT: '8190' },
      });
      return 'http://127.0.0.1:8189/v1';
    },
  };
}
