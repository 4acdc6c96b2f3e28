/** Origins that Ollama allows without being told (contract §5): pages of this machine and of desktop applications. */
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

/** scheme, host, port; `file://` has no host. */
const ORIGIN = /^([a-z][a-z0-9+.-]*):\/\/([^/:?#]*|\[[0-9a-fA-F:.]+\])(?::(\d+|\*))?$/;

/** Which pages may call. Origins are taken apart, so that `localhost:3000.evil.example` is not `localhost:*`. */
export class OriginRules {
  private readonly patterns: readonly RegExp[];
  /** Every origin is allowed, and told so. */
  readonly allowsAll: boolean;

  /** `more`: entries of OLLAMA_ORIGINS, each with one `*` at most. */
  constructor(more: readonly string[]) {
    this.allowsAll = more.includes('*');
    this.patterns = [...more, ...DEFAULT_ORIGINS].filter((entry) => entry !== '*').map(toPattern);
  }

  allows(origin: string): boolean {
    return this.allowsAll || this.patterns.some((pattern) => pattern.test(origin));
  }
}

/** `*` stands for digits in the place of the port, and for anything without a slash or a colon elsewhere. */
function toPattern(entry: string): RegExp {
  const [, scheme = '', host = '', port] = ORIGIN.exec(entry) ?? /^(.*):\/\/(.*)$/.exec(entry) ?? [];
  const hostPattern = host.split('*').map(escape).join('[^/:]*');
  const portPattern = port === '*' ? ':\\d+' : port === undefined ? '' : `:${port}`;
  return new RegExp(`^${escape(scheme)}://${hostPattern}${portPattern}$`);
}

function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
