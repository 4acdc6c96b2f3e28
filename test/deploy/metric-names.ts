const GEN_AI = [
  'gen_ai_operation_name',
  'gen_ai_provider_name',
  'gen_ai_request_model',
  'server_address',
  'server_port',
];

/**
 * The proxy's own metrics with their labels, as rules and dashboards may use them. One list, so that it can be compared
 * with the live registry. A histogram is asked through `_bucket` (label `le`), `_sum` and `_count`.
 */
export const METRICS: Readonly<
  Record<string, { readonly type: 'counter' | 'gauge' | 'histogram'; readonly labels: readonly string[] }>
> = {
  llmproxy_requests_total: { type: 'counter', labels: ['api', 'operation', 'model', 'outcome', 'code'] },
  llmproxy_request_duration_seconds: { type: 'histogram', labels: ['api', 'operation', 'model', 'stream'] },
  llmproxy_upstream_duration_seconds: { type: 'histogram', labels: ['upstream', 'model'] },
  llmproxy_time_to_first_token_seconds: { type: 'histogram', labels: ['model', 'upstream'] },
  llmproxy_time_per_output_token_seconds: { type: 'histogram', labels: ['model', 'upstream'] },
  llmproxy_tokens_total: { type: 'counter', labels: ['model', 'upstream', 'type'] },
  llmproxy_cost_total: { type: 'counter', labels: ['model', 'upstream'] },
  llmproxy_usage_missing_total: { type: 'counter', labels: ['model', 'upstream'] },
  llmproxy_inflight_requests: { type: 'gauge', labels: ['api'] },
  llmproxy_inflight_streams: { type: 'gauge', labels: ['api'] },
  llmproxy_queued_requests: { type: 'gauge', labels: ['upstream'] },
  llmproxy_queue_wait_seconds: { type: 'histogram', labels: ['upstream'] },
  llmproxy_upstream_attempts_total: { type: 'counter', labels: ['upstream', 'result', 'reason'] },
  llmproxy_retries_total: { type: 'counter', labels: ['upstream'] },
  llmproxy_failovers_total: { type: 'counter', labels: ['upstream'] },
  llmproxy_upstream_breaker_state: { type: 'gauge', labels: ['upstream'] },
  llmproxy_upstream_cancelled_total: { type: 'counter', labels: ['upstream'] },
  llmproxy_ratelimit_decisions_total: { type: 'counter', labels: ['limit', 'decision', 'backend'] },
  llmproxy_ratelimit_errors_total: { type: 'counter', labels: [] },
  llmproxy_redis_errors_total: { type: 'counter', labels: [] },
  llmproxy_auth_failures_total: { type: 'counter', labels: ['reason'] },
  llmproxy_drain_aborted_total: { type: 'counter', labels: [] },
  llmproxy_draining: { type: 'gauge', labels: [] },
  llmproxy_build_info: { type: 'gauge', labels: ['version', 'commit', 'node'] },
  llmproxy_continuity_turns_total: { type: 'counter', labels: ['result'] },
  llmproxy_unreadable_parts_total: { type: 'counter', labels: ['part'] },
  llmproxy_continuity_bytes: { type: 'gauge', labels: ['kind'] },
  llmproxy_catalogue_age_seconds: { type: 'gauge', labels: ['upstream'] },
  llmproxy_config_reloads_total: { type: 'counter', labels: ['result'] },
  llmproxy_kept_adaptations: { type: 'gauge', labels: ['upstream'] },
  llmproxy_learned_adaptations_total: { type: 'counter', labels: ['upstream'] },
  llmproxy_shortened_conversations_total: { type: 'counter', labels: ['upstream'] },
  llmproxy_max_inflight: { type: 'gauge', labels: [] },
  gen_ai_client_token_usage: { type: 'histogram', labels: [...GEN_AI, 'gen_ai_token_type'] },
  gen_ai_client_operation_duration_seconds: { type: 'histogram', labels: [...GEN_AI, 'error_type'] },
  gen_ai_server_request_duration_seconds: { type: 'histogram', labels: [...GEN_AI, 'error_type'] },
  gen_ai_server_time_to_first_token_seconds: { type: 'histogram', labels: GEN_AI },
  gen_ai_server_time_per_output_token_seconds: { type: 'histogram', labels: GEN_AI },
};

/** What the process and Prometheus itself add, as far as it is used. */
const FOREIGN_METRICS: readonly string[] = [
  'up',
  'process_cpu_seconds_total',
  'process_resident_memory_bytes',
  'nodejs_eventloop_lag_p99_seconds',
  'nodejs_heap_size_used_bytes',
];

/** Labels that Prometheus adds when it scrapes. */
export const SCRAPE_LABELS: readonly string[] = ['job', 'instance', 'pod', 'namespace', 'le'];

/** Every name that may stand in a query. */
export function queryableNames(): ReadonlySet<string> {
  const own = Object.entries(METRICS).flatMap(([name, { type }]) =>
    type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
  );
  return new Set([...own, ...FOREIGN_METRICS]);
}
