/** Origins that Ollama allows by default (protocol W37): pages of this machine and of desktop applications. */
const DEFAULT_ORIGINS = [
  'http://localhost',
  'https://localhost',
  'http://localhost:*',
  'https://localhost:*',
  'http://127.0.0.1',
  'https://127.0.0.1',
  'http://127.0.0.1:*',
  'https://127.0.0.1:*',
  'http://0.0.0.0',
  'https://0.0.0.0',
  'http://0.0.0.0:*',
  'https://0.0.0.0:*',
  'app://*',
  'file://*',
  'tauri://*',
  'vscode-webview://*',
  'vscode-file://*',
];

/** Scheme, host and port; `file://` has no host. */
const ORIGIN = /^([a-z][a-z0-9+.-]*):\/\/([^/:?#]*|\[[0-9a-fA-F:.]+\])(?::(\d+|\*))?$/;

/** Origins of web pages that may call. They are parsed, so that `localhost:3000.evil.example` does not match `localhost:*`. */
export class OriginRules {
  private readonly patterns: readonly RegExp[];
  /** Whether every origin is allowed; responses then have `Access-Control-Allow-Origin: *`. */
  readonly allowsAll: boolean;

  /** @param more entries of OLLAMA_ORIGINS, each with at most one `*` */
  constructor(more: readonly string[]) {
    this.allowsAll = more.includes('*');
    this.patterns = [...more, ...DEFAULT_ORIGINS].filter((entry) => entry !== '*').map(toPattern);
  }

  allows(origin: string): boolean {
    return this.allowsAll || this.patterns.some((pattern) => pattern.test(origin));
  }
}

/** `*` matches digits as the port, and anything without a slash or a colon elsewhere. */
function toPattern(entry: string): RegExp {
  const [, scheme = '', host = '', port] = ORIGIN.exec(entry) ?? /^(.*):\/\/(.*)$/.exec(entry) ?? [];
  const hostPattern = host.split('*').map(escape).join('[^/:]*');
  const portPattern = port === '*' ? ':\\d+' : port === undefined ? '' : `:${port}`;
  return new RegExp(`^${escape(scheme)}://${hostPattern}${portPattern}$`);
}

function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
