/** When an alert fires and when it does not. Series are in promtool's notation, one sample a minute from minute 0. */
export interface AlertCase {
  readonly alert: string;
  readonly fires: { readonly series: Series; readonly at: string; readonly labels: Labels; readonly summary: string };
  /** The healthy twin: the same series with healthy values. */
  readonly quiet: { readonly series: Series; readonly at: string };
}
type Series = Readonly<Record<string, string>>;
type Labels = Readonly<Record<string, string>>;

const POD = 'job="llmproxy",instance="10.0.0.1:11434",pod="a"';
const POD_LABELS = { pod: 'a', instance: '10.0.0.1:11434' };
const requests = (outcome: string, more = 'model="gpt"') =>
  `llmproxy_requests_total{${POD},api="ollama",operation="chat",${more},outcome="${outcome}",code="200"}`;
const attempts = (result: string) =>
  `llmproxy_upstream_attempts_total{${POD},upstream="gpu",result="${result}",reason="status"}`;
const firstToken = (le: string) =>
  `llmproxy_time_to_first_token_seconds_bucket{${POD},model="gpt",upstream="gpu",le="${le}"}`;
const BREAKER = `llmproxy_upstream_breaker_state{${POD},upstream="gpu"}`;
const USAGE_MISSING = `llmproxy_usage_missing_total{${POD},model="gpt",upstream="gpu"}`;
const inflight = (api: string) => `llmproxy_inflight_requests{${POD},api="${api}"}`;
const LIMIT = `llmproxy_max_inflight{${POD}}`;
const decisions = (backend: string, decision = 'allowed') =>
  `llmproxy_ratelimit_decisions_total{${POD},limit="requests",decision="${decision}",backend="${backend}"}`;
const authFailures = (reason: string) => `llmproxy_auth_failures_total{${POD},reason="${reason}"}`;
const REDIS_ERRORS = `llmproxy_redis_errors_total{${POD}}`;
const LAG = `nodejs_eventloop_lag_p99_seconds{${POD}}`;
const CUT = `llmproxy_drain_aborted_total{${POD}}`;
const reloads = (result: string) => `llmproxy_config_reloads_total{${POD},result="${result}"}`;

export const ALERT_CASES: readonly AlertCase[] = [
  {
    alert: 'LlmProxyErrorRatioByModel',
    fires: {
      series: {
        [requests('ok')]: '0+90x30',
        [requests('upstream_error')]: '0+4x30',
        [requests('timeout')]: '0+4x30',
        [requests('truncated')]: '0+2x30',
      },
      at: '15m',
      labels: { model: 'gpt', severity: 'critical' },
      summary: '10% of the answers of gpt fail',
    },
    // What clients did wrong or gave up is no fault, however much of it there is; a lone failure is no ratio.
    quiet: {
      series: {
        [requests('ok')]: '0+90x30',
        [requests('client_error')]: '0+50x30',
        [requests('client_abort')]: '0+50x30',
        [requests('rate_limited')]: '0+50x30',
        [requests('upstream_error')]: '0+2x30',
        [requests('upstream_error', 'model="rare"')]: '0x8 1x22',
      },
      at: '15m',
    },
  },
  {
    alert: 'LlmProxyErrorRatioByUpstream',
    fires: {
      series: { [attempts('ok')]: '0+90x30', [attempts('error')]: '0+10x30' },
      at: '15m',
      labels: { upstream: 'gpu', severity: 'warning' },
      summary: '10% of the calls to gpu fail',
    },
    quiet: { series: { [attempts('ok')]: '0+98x30', [attempts('error')]: '0+2x30' }, at: '15m' },
  },
  {
    alert: 'LlmProxySlowFirstToken',
    fires: {
      series: { [firstToken('10')]: '0+80x40', [firstToken('20')]: '0+100x40', [firstToken('+Inf')]: '0+100x40' },
      at: '30m',
      labels: { model: 'gpt', severity: 'warning' },
      summary: 'one in twenty answers of gpt starts after 17.5s',
    },
    quiet: {
      series: { [firstToken('10')]: '0+99x40', [firstToken('20')]: '0+100x40', [firstToken('+Inf')]: '0+100x40' },
      at: '30m',
    },
  },
  {
    alert: 'LlmProxyBreakerOpen',
    fires: {
      series: { [BREAKER]: '0 2x10' },
      at: '5m',
      labels: { upstream: 'gpu', severity: 'critical' },
      summary: 'the circuit of upstream gpu is open after repeated failures',
    },
    // Half open is on the way back; one minute of open is the breaker at its work.
    quiet: { series: { [BREAKER]: '0 2 1x10' }, at: '5m' },
  },
  {
    alert: 'LlmProxySaturated',
    fires: {
      series: { [inflight('ollama')]: '300x10', [inflight('openai')]: '150x10', [LIMIT]: '500x10' },
      at: '6m',
      labels: { ...POD_LABELS, severity: 'warning' },
      summary: 'a is at 90% of its concurrency limit',
    },
    // A limit of 0 is none.
    quiet: {
      series: {
        [inflight('ollama')]: '300x10',
        [inflight('openai')]: '50x10',
        [LIMIT]: '500x10',
        'llmproxy_inflight_requests{job="llmproxy",instance="b",pod="b",api="ollama"}': '900x10',
        'llmproxy_max_inflight{job="llmproxy",instance="b",pod="b"}': '0x10',
      },
      at: '6m',
    },
  },
  {
    alert: 'LlmProxyLimiterDegraded',
    fires: {
      series: { [decisions('redis')]: '100x10', [decisions('local')]: '0+30x10', [REDIS_ERRORS]: '0+30x10' },
      at: '6m',
      labels: { severity: 'warning' },
      summary: 'Redis does not answer; RATE_LIMIT_ON_REDIS_ERROR applies',
    },
    // Without a Redis configured every decision is local, and that is as it should be.
    quiet: { series: { [decisions('local')]: '0+30x10', [REDIS_ERRORS]: '0x10' }, at: '6m' },
  },
  {
    alert: 'LlmProxyRedisErrors',
    fires: {
      series: { [decisions('redis')]: '0+96x40', [decisions('local')]: '0+4x40', [REDIS_ERRORS]: '0+5x40' },
      at: '25m',
      labels: { severity: 'info' },
      summary: 'for one decision of the limits in a hundred, or more, Redis fails (5%)',
    },
    quiet: { series: { [decisions('redis')]: '0+1000x40', [REDIS_ERRORS]: '0+5x40' }, at: '25m' },
  },
  {
    alert: 'LlmProxyRateLimiting',
    fires: {
      series: {
        [decisions('redis')]: '0+40x40',
        [decisions('local')]: '0+10x40',
        [decisions('redis', 'refused')]: '0+150x40',
      },
      at: '25m',
      labels: { limit: 'requests', severity: 'warning' },
      summary: 'the limit of requests refuses 75% of its requests',
    },
    // A limit at its work; and one lone client that is refused all night, once a minute.
    quiet: {
      series: {
        [decisions('redis')]: '0+100x40',
        [decisions('redis', 'refused')]: '0+50x40',
        [`llmproxy_ratelimit_decisions_total{${POD},limit="tokens",decision="refused",backend="redis"}`]: '0+1x40',
      },
      at: '25m',
    },
  },
  {
    alert: 'LlmProxyAuthFailures',
    fires: {
      series: { [authFailures('unknown')]: '0+60x20', [authFailures('missing')]: '0+600x20' },
      at: '15m',
      labels: { reason: 'unknown', severity: 'warning' },
      summary: '1 requests a second are refused for their key (unknown)',
    },
    quiet: { series: { [authFailures('unknown')]: '0+10x20', [authFailures('missing')]: '0+600x20' }, at: '15m' },
  },
  {
    alert: 'LlmProxyEventLoopLag',
    fires: {
      series: { [LAG]: '0.25x10' },
      at: '6m',
      labels: { ...POD_LABELS, severity: 'warning' },
      summary: 'a has an event loop lag of 250ms',
    },
    quiet: { series: { [LAG]: '0.02x2 0.5x2 0.02x10' }, at: '6m' },
  },
  {
    alert: 'LlmProxyDrainCutStreams',
    fires: {
      series: { [CUT]: '0x5 3' },
      at: '8m',
      labels: { ...POD_LABELS, severity: 'warning' },
      summary: 'a cut 3 answers at shutdown',
    },
    quiet: { series: { [CUT]: '0x8' }, at: '8m' },
  },
  {
    alert: 'LlmProxyUsageMissing',
    fires: {
      series: { [requests('ok')]: '0+100x80', [USAGE_MISSING]: '0+5x80' },
      at: '70m',
      labels: { model: 'gpt', severity: 'info' },
      summary: '5% of the answers of gpt have no token counts',
    },
    quiet: { series: { [requests('ok')]: '0+100x80', [USAGE_MISSING]: '0+1x80' }, at: '70m' },
  },
  {
    alert: 'LlmProxyInstanceDown',
    fires: {
      series: { [`up{${POD}}`]: '1 0x10' },
      at: '5m',
      labels: { ...POD_LABELS, job: 'llmproxy', severity: 'critical' },
      summary: 'no metrics from a',
    },
    quiet: { series: { [`up{${POD}}`]: '1x10' }, at: '5m' },
  },
  {
    alert: 'LlmProxyInstanceDown',
    fires: {
      series: { 'up{job="other"}': '1x10' },
      at: '5m',
      labels: { job: 'llmproxy', severity: 'critical' },
      summary: 'no metrics from any proxy',
    },
    // A scrape that fails once is no outage.
    quiet: { series: { [`up{${POD}}`]: '1x3 0 1x10' }, at: '5m' },
  },
  {
    alert: 'LlmProxyConfigReloadFailing',
    fires: {
      series: { [reloads('ok')]: '1x10', [reloads('refused')]: '0x5 1x10' },
      at: '8m',
      labels: { ...POD_LABELS, severity: 'warning' },
      summary: 'a rejected a changed MODEL_MAPPING_FILE and keeps the old one',
    },
    quiet: { series: { [reloads('ok')]: '0+1x20', [reloads('refused')]: '0x20' }, at: '15m' },
  },
];
