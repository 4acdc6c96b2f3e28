// Writes the Grafana dashboard. Generated, because a hundred lines of queries are read and changed more easily than a
// thousand of exported JSON. `node scripts/dashboard.mjs` writes it; the tests compare.
import { writeFileSync } from 'node:fs';
import { argv } from 'node:process';
import { pathToFileURL } from 'node:url';
import { format } from 'prettier';

const FILE = 'deploy/helm/monitoring/llmproxy.json';

/** Grafana's grid is 24 wide; three panels a row. */
const WIDTH = 8;
const HEIGHT = 8;
const COLUMNS = 3;

const DATASOURCE = { type: 'prometheus', uid: '${datasource}' };

/** What the variables at the top of the page choose. */
const OF_MODEL = 'model=~"$model"';
const OF_GEN_AI = 'gen_ai_request_model=~"$model"';
const OF_UPSTREAM = 'upstream=~"$upstream"';

const rate = (metric, filter = '') => `rate(${metric}{${filter}}[$__rate_interval])`;
const quantile = (q, metric, by, filter) =>
  `histogram_quantile(${q}, sum by (${by}, le) (${rate(`${metric}_bucket`, filter)}))`;
const FAILED = 'outcome=~"upstream_error|timeout|truncated"';

/** Rows of panels: title, unit, then pairs of a query and its legend. */
const ROWS = [
  [
    'Clients',
    [
      'Requests by outcome',
      'reqps',
      [`sum by (outcome) (${rate('llmproxy_requests_total', OF_MODEL)})`, '{{outcome}}'],
    ],
    [
      'Failed answers by model',
      'percentunit',
      [
        `sum by (model) (${rate('llmproxy_requests_total', `${FAILED},${OF_MODEL}`)}) / sum by (model) (${rate('llmproxy_requests_total', OF_MODEL)})`,
        '{{model}}',
      ],
    ],
    [
      'Duration, p50 and p95, by operation',
      's',
      [quantile(0.5, 'llmproxy_request_duration_seconds', 'operation', OF_MODEL), 'p50 {{operation}}'],
      [quantile(0.95, 'llmproxy_request_duration_seconds', 'operation', OF_MODEL), 'p95 {{operation}}'],
    ],
    [
      'Time to first token, p95',
      's',
      [
        quantile(0.95, 'llmproxy_time_to_first_token_seconds', 'model, upstream', `${OF_MODEL},${OF_UPSTREAM}`),
        '{{model}} on {{upstream}}',
      ],
    ],
    [
      'Time per output token, p95',
      's',
      [
        quantile(0.95, 'llmproxy_time_per_output_token_seconds', 'model, upstream', `${OF_MODEL},${OF_UPSTREAM}`),
        '{{model}} on {{upstream}}',
      ],
    ],
    [
      'Tokens by type',
      'short',
      [`sum by (type) (${rate('llmproxy_tokens_total', `${OF_MODEL},${OF_UPSTREAM}`)})`, '{{type}} a second'],
    ],
    [
      'Cost an hour',
      'short',
      [
        `3600 * sum by (model, upstream) (${rate('llmproxy_cost_total', `${OF_MODEL},${OF_UPSTREAM}`)})`,
        '{{model}} on {{upstream}}',
      ],
    ],
    [
      'Answers without token counts',
      'reqps',
      [`sum by (model, upstream) (${rate('llmproxy_usage_missing_total', OF_MODEL)})`, '{{model}} on {{upstream}}'],
    ],
    ['Refused keys', 'reqps', [`sum by (reason) (${rate('llmproxy_auth_failures_total')})`, '{{reason}}']],
    [
      'Limits',
      'reqps',
      [
        `sum by (limit, decision, backend) (${rate('llmproxy_ratelimit_decisions_total')})`,
        '{{limit}} {{decision}} ({{backend}})',
      ],
      [`sum(${rate('llmproxy_redis_errors_total')})`, 'Redis errors'],
      [`sum(${rate('llmproxy_ratelimit_errors_total')})`, 'lost checks'],
    ],
  ],
  [
    'Upstreams',
    [
      'Calls by result',
      'reqps',
      [
        `sum by (upstream, result, reason) (${rate('llmproxy_upstream_attempts_total', OF_UPSTREAM)})`,
        '{{upstream}} {{result}} {{reason}}',
      ],
    ],
    [
      'Duration, p95',
      's',
      [quantile(0.95, 'llmproxy_upstream_duration_seconds', 'upstream', `${OF_MODEL},${OF_UPSTREAM}`), '{{upstream}}'],
    ],
    [
      'Breaker: 0 closed, 1 half open, 2 open',
      'short',
      [`max by (upstream) (llmproxy_upstream_breaker_state{${OF_UPSTREAM}})`, '{{upstream}}'],
    ],
    [
      'Second tries',
      'reqps',
      [`sum by (upstream) (${rate('llmproxy_retries_total', OF_UPSTREAM)})`, 'again {{upstream}}'],
      [`sum by (upstream) (${rate('llmproxy_failovers_total', OF_UPSTREAM)})`, 'away from {{upstream}}'],
      [`sum by (upstream) (${rate('llmproxy_upstream_cancelled_total', OF_UPSTREAM)})`, 'cancelled {{upstream}}'],
      [`sum by (upstream) (${rate('llmproxy_learned_adaptations_total', OF_UPSTREAM)})`, 'adapted {{upstream}}'],
      [`sum by (upstream) (llmproxy_kept_adaptations{${OF_UPSTREAM}})`, 'adaptations kept {{upstream}}'],
      [
        `sum by (upstream) (${rate('llmproxy_shortened_conversations_total', OF_UPSTREAM)})`,
        'conversations shortened {{upstream}}',
      ],
    ],
    [
      'Waiting for a free place',
      'short',
      [`sum by (upstream) (llmproxy_queued_requests{${OF_UPSTREAM}})`, '{{upstream}}'],
    ],
    ['Waited, p95', 's', [quantile(0.95, 'llmproxy_queue_wait_seconds', 'upstream', OF_UPSTREAM), '{{upstream}}']],
    [
      'Age of the model list',
      's',
      [`max by (upstream) (llmproxy_catalogue_age_seconds{${OF_UPSTREAM}})`, '{{upstream}}'],
    ],
  ],
  [
    'Pods',
    [
      'Turns of conversations',
      'reqps',
      [`sum by (result) (${rate('llmproxy_continuity_turns_total')})`, '{{result}}'],
      [`sum by (part) (${rate('llmproxy_unreadable_parts_total')})`, '{{part}} left out'],
    ],
    ['Memory for conversations', 'bytes', ['sum by (pod, kind) (llmproxy_continuity_bytes)', '{{kind}} {{pod}}']],
    [
      'Running calls',
      'short',
      ['sum by (pod) (llmproxy_inflight_requests)', 'calls {{pod}}'],
      ['sum by (pod) (llmproxy_inflight_streams)', 'streams {{pod}}'],
    ],
    [
      'Share of the limit',
      'percentunit',
      ['sum by (pod) (llmproxy_inflight_requests) / on (pod) (sum by (pod) (llmproxy_max_inflight) > 0)', '{{pod}}'],
    ],
    ['Event loop lag, p99', 's', ['max by (pod) (nodejs_eventloop_lag_p99_seconds{job="llmproxy"})', '{{pod}}']],
    ['CPU', 'short', ['sum by (pod) (rate(process_cpu_seconds_total{job="llmproxy"}[$__rate_interval]))', '{{pod}}']],
    [
      'Memory',
      'bytes',
      ['sum by (pod) (process_resident_memory_bytes{job="llmproxy"})', 'resident {{pod}}'],
      ['sum by (pod) (nodejs_heap_size_used_bytes{job="llmproxy"})', 'heap {{pod}}'],
    ],
    [
      'Ending',
      'short',
      ['max by (pod) (llmproxy_draining)', 'draining {{pod}}'],
      ['sum by (pod) (llmproxy_drain_aborted_total)', 'cut {{pod}}'],
    ],
    [
      'Configuration read again',
      'short',
      ['sum by (result) (increase(llmproxy_config_reloads_total[$__rate_interval]))', '{{result}}'],
    ],
    [
      'Versions',
      'short',
      ['count by (version, commit, node) (llmproxy_build_info)', '{{version}} {{commit}} {{node}}'],
    ],
    ['Up', 'short', ['sum by (pod) (up{job="llmproxy"})', '{{pod}}']],
  ],
  [
    'OpenTelemetry names (GEN_AI_METRICS=true)',
    [
      'Tokens per call, p95',
      'short',
      [
        quantile(0.95, 'gen_ai_client_token_usage', 'gen_ai_request_model, gen_ai_token_type', OF_GEN_AI),
        '{{gen_ai_token_type}} {{gen_ai_request_model}}',
      ],
    ],
    [
      'Duration of requests and calls, p95',
      's',
      [
        quantile(0.95, 'gen_ai_server_request_duration_seconds', 'gen_ai_request_model', OF_GEN_AI),
        'requests {{gen_ai_request_model}}',
      ],
      [
        quantile(0.95, 'gen_ai_client_operation_duration_seconds', 'gen_ai_request_model, server_address', OF_GEN_AI),
        'calls {{gen_ai_request_model}} on {{server_address}}',
      ],
    ],
    [
      'First token and time per token, p95',
      's',
      [
        quantile(0.95, 'gen_ai_server_time_to_first_token_seconds', 'gen_ai_request_model', OF_GEN_AI),
        'first {{gen_ai_request_model}}',
      ],
      [
        quantile(0.95, 'gen_ai_server_time_per_output_token_seconds', 'gen_ai_request_model', OF_GEN_AI),
        'each {{gen_ai_request_model}}',
      ],
    ],
  ],
];

function panels() {
  const all = [];
  let y = 0;
  let id = 0;
  for (const [title, ...charts] of ROWS) {
    all.push({ id: ++id, type: 'row', title, collapsed: false, gridPos: { h: 1, w: 24, x: 0, y: y++ }, panels: [] });
    charts.forEach(([name, unit, ...queries], index) => {
      all.push({
        id: ++id,
        type: 'timeseries',
        title: name,
        datasource: DATASOURCE,
        gridPos: {
          h: HEIGHT,
          w: WIDTH,
          x: (index % COLUMNS) * WIDTH,
          y: y + Math.floor(index / COLUMNS) * HEIGHT,
        },
        fieldConfig: { defaults: { unit, min: 0 }, overrides: [] },
        targets: queries.map(([expr, legendFormat], query) => ({
          refId: String.fromCharCode('A'.charCodeAt(0) + query),
          datasource: DATASOURCE,
          expr,
          legendFormat,
        })),
      });
    });
    y += Math.ceil(charts.length / COLUMNS) * HEIGHT;
  }
  return all;
}

const choice = (name, metric) => ({
  name,
  type: 'query',
  datasource: DATASOURCE,
  query: `label_values(${metric}, ${name})`,
  refresh: 2,
  includeAll: true,
  multi: true,
  allValue: '.*',
  current: { text: 'All', value: '$__all' },
});

/** @returns the text of the dashboard's file */
export async function renderDashboard() {
  const dashboard = {
    uid: 'llmproxy',
    title: 'Ollama-OpenAI proxy',
    tags: ['llmproxy'],
    schemaVersion: 39,
    editable: true,
    refresh: '30s',
    time: { from: 'now-3h', to: 'now' },
    templating: {
      list: [
        { name: 'datasource', type: 'datasource', query: 'prometheus', label: 'Data source' },
        choice('model', 'llmproxy_requests_total'),
        choice('upstream', 'llmproxy_upstream_attempts_total'),
      ],
    },
    panels: panels(),
  };
  return format(JSON.stringify(dashboard), { parser: 'json', printWidth: 120 });
}

if (import.meta.url === pathToFileURL(argv[1] ?? '').href) writeFileSync(FILE, await renderDashboard());
