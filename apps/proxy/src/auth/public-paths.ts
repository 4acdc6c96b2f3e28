import type { Settings } from '#config';

/** What probes, monitoring and browsers ask for; nothing of it leads to a model. */
const OPERATIONAL =
  /^\/(health|ready|readyz|livez|metrics|docs(\/[\w.-]+)?|redoc(\/[\w.-]+)?|openapi\.(json|yaml)|ui\/[\w.-]+|favicon\.ico)$/;

/** Open without a key whatever is configured: clients find out with them whether a server is there. */
const DISCOVERY = ['', '/api/version'];

/** Which paths are told apart from those of the APIs. */
export class PublicPaths {
  private readonly metrics: readonly string[];
  private readonly exempt: ReadonlySet<string>;

  constructor({
    metrics,
    access,
  }: {
    readonly metrics: Settings['metrics'];
    readonly access: Pick<Settings['access'], 'exemptPaths'>;
  }) {
    this.metrics = metrics.enabled ? [metrics.path, `${metrics.path}/summary`] : [];
    this.exempt = new Set([...DISCOVERY, ...access.exemptPaths.map(bare)]);
  }

  /** Health, metrics, documents and the page's files: neither keys nor limits are for them. */
  isOperational(path: string): boolean {
    const name = bare(path);
    return OPERATIONAL.test(name) || this.metrics.includes(name);
  }

  /** Open without a key. */
  needsNoKey(path: string): boolean {
    return this.exempt.has(bare(path)) || this.isOperational(path);
  }
}

/** A slash at the end makes no difference to a route. */
function bare(path: string): string {
  return path.endsWith('/') ? path.slice(0, -1) : path;
}
