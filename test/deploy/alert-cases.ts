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
const decisions = (backend: string) =>
  `llmproxy_ratelimit_decisions_total{${POD},limit="requests",decision="allowed",backend="${backend}"}`;
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
      summary: 'one in twenty answers of gpt begins after 17.5s',
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
      summary: 'backend gpu is left alone after repeated failures',
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
      summary: 'a carries 90% of what it may',
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
      summary: 'limits are counted by each pod alone, because Redis does not answer',
    },
    // Without a Redis configured every decision is local, and that is as it should be.
    quiet: { series: { [decisions('local')]: '0+30x10', [REDIS_ERRORS]: '0x10' }, at: '6m' },
  },
  {
    alert: 'LlmProxyEventLoopLag',
    fires: {
      series: { [LAG]: '0.25x10' },
      at: '6m',
      labels: { ...POD_LABELS, severity: 'warning' },
      summary: 'a holds events up for 250ms',
    },
    quiet: { series: { [LAG]: '0.02x2 0.5x2 0.02x10' }, at: '6m' },
  },
  {
    alert: 'LlmProxyDrainCutStreams',
    fires: {
      series: { [CUT]: '0x5 3' },
      at: '8m',
      labels: { ...POD_LABELS, severity: 'warning' },
      summary: 'a cut 3 answers when it ended',
    },
    quiet: { series: { [CUT]: '0x8' }, at: '8m' },
  },
  {
    alert: 'LlmProxyUsageMissing',
    fires: {
      series: { [requests('ok')]: '0+100x80', [USAGE_MISSING]: '0+5x80' },
      at: '70m',
      labels: { model: 'gpt', severity: 'info' },
      summary: '5% of the answers of gpt tell no token counts',
    },
    quiet: { series: { [requests('ok')]: '0+100x80', [USAGE_MISSING]: '0+1x80' }, at: '70m' },
  },
  {
    alert: 'LlmProxyInstanceDown',
    fires: {
      series: { [`up{${POD}}`]: '1 0x10' },
      at: '5m',
      labels: { ...POD_LABELS, job: 'llmproxy', severity: 'critical' },
      summary: 'no figures from a',
    },
    quiet: { series: { [`up{${POD}}`]: '1x10' }, at: '5m' },
  },
  {
    alert: 'LlmProxyInstanceDown',
    fires: {
      series: { 'up{job="other"}': '1x10' },
      at: '5m',
      labels: { job: 'llmproxy', severity: 'critical' },
      summary: 'no figures from any proxy',
    },
    // A scrape that fails once is no outage.
    quiet: { series: { [`up{${POD}}`]: '1x3 0 1x10' }, at: '5m' },
  },
  {
    alert: 'LlmProxyConfigReloadFailing',
    fires: {
      series: { [reloads('ok')]: '1x10', [reloads('error')]: '0x5 1x10' },
      at: '8m',
      labels: { ...POD_LABELS, severity: 'warning' },
      summary: 'a refuses a changed MODEL_MAPPING_FILE and runs on with the old one',
    },
    quiet: { series: { [reloads('ok')]: '0+1x20', [reloads('error')]: '0x20' }, at: '15m' },
  },
];
