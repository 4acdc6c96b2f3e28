import type { Settings } from '#config';

/** Paths for probes, monitoring and browsers; none of them reaches a model. */
const OPERATIONAL =
  /^\/(health|ready|readyz|livez|metrics|docs(\/[\w.-]+)?|redoc(\/[\w.-]+)?|openapi\.(json|yaml)|ui\/[\w.-]+|favicon\.ico)$/;

/** Public in every configuration: clients detect a server with them. */
const DISCOVERY = ['', '/api/version'];

/** The paths outside of the APIs. */
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

  /** Health, metrics, API documents and the page's files: exempt from keys and limits. */
  isOperational(path: string): boolean {
    const name = bare(path);
    return OPERATIONAL.test(name) || this.metrics.includes(name);
  }

  /** Served without an API key. */
  needsNoKey(path: string): boolean {
    return this.exempt.has(bare(path)) || this.isOperational(path);
  }
}

/** Routes match with and without a slash at the end. */
function bare(path: string): string {
  return path.endsWith('/') ? path.slice(0, -1) : path;
}
