import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { ALERT_CASES } from './alert-cases.js';
import { renderDashboard } from '../../scripts/dashboard.mjs';
import { METRICS, queryableNames, SCRAPE_LABELS } from './metric-names.js';

const FOLDER = 'deploy/helm/monitoring';
const RUNBOOKS = 'https://github.com/example/ollama-openai-proxy/blob/main/docs/runbooks.md#';

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly annotations: { readonly summary: string; readonly runbook_url: string };
}
interface Panel {
  readonly id: number;
  readonly title: string;
  readonly type: string;
  readonly datasource?: { readonly uid: string };
  readonly targets?: readonly { readonly expr: string; readonly datasource: { readonly uid: string } }[];
}

const spec = (parse(readFileSync(`${FOLDER}/prometheusrule.yaml`, 'utf8')) as { spec: { groups: { rules: Rule[] }[] } })
  .spec;
const rules = spec.groups.flatMap((group) => group.rules);
const dashboardText = readFileSync(`${FOLDER}/llmproxy.json`, 'utf8');
const dashboard = JSON.parse(dashboardText) as {
  panels: Panel[];
  templating: { list: { name: string; query: string; datasource?: { uid: string } }[] };
};
const expressions = dashboard.panels.flatMap(({ targets }) => (targets ?? []).map(({ expr }) => expr));

/** Names and labels of a query; text in quotes and variables of Grafana are neither. */
function wordsOf(expr: string): { readonly metrics: string[]; readonly labels: string[] } {
  const bare = expr.replace(/"[^"]*"/g, '""').replaceAll('$__rate_interval', '5m');
  const metrics = bare.match(/\b(llmproxy|gen_ai_client|gen_ai_server|nodejs|process)_\w+|\bup\b/g) ?? [];
  const inBraces = [...bare.matchAll(/\{([^}]*)\}/g)].flatMap(([, inner]) => inner!.match(/\w+(?=\s*[=!])/g) ?? []);
  const grouped = [...bare.matchAll(/\b(?:by|on)\s*\(([^)]*)\)/g)].flatMap(([, inner]) => inner!.match(/\w+/g) ?? []);
  return { metrics, labels: [...inBraces, ...grouped] };
}

describe('the words of rules and dashboard', () => {
  const names = queryableNames();
  const known = new Set([...SCRAPE_LABELS, ...Object.values(METRICS).flatMap(({ labels }) => labels)]);

  it.each([...rules.map(({ expr }) => expr), ...expressions])('%s', (expr) => {
    const { metrics, labels } = wordsOf(expr);
    expect(metrics.length).toBeGreaterThan(0);
    for (const name of metrics) expect(names).toContain(name);
    for (const label of labels) expect(known).toContain(label);
    // Where only one of our metrics is asked, each label has to be one of its own.
    const [own, ...others] = new Set(metrics.map((name) => name.replace(/_(bucket|sum|count)$/, '')));
    const metric = METRICS[own!];
    if (others.length > 0 || !metric) return;
    for (const label of labels) expect([...metric.labels, ...SCRAPE_LABELS]).toContain(label);
  });

  it('finds words that are not on the list', () => {
    expect(wordsOf('sum by (colour) (rate(llmproxy_nothing_total{shade="x"}[5m]))')).toEqual({
      metrics: ['llmproxy_nothing_total'],
      labels: ['shade', 'colour'],
    });
  });

  it('show every metric of the proxy somewhere', () => {
    const shown = [...expressions, ...rules.map(({ expr }) => expr)].join('\n');
    expect(Object.keys(METRICS).filter((name) => !shown.includes(name))).toEqual([]);
  });
});

describe('the dashboard', () => {
  it('is what scripts/dashboard.mjs writes', async () => {
    expect(dashboardText).toBe(await renderDashboard());
  });

  it('has panels with ids of their own, each with a query', () => {
    const ids = dashboard.panels.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { type, targets } of dashboard.panels) if (type !== 'row') expect(targets?.length).toBeGreaterThan(0);
  });

  it('leaves the data source to the viewer', () => {
    const sources = [
      ...dashboard.panels.flatMap(({ datasource, targets }) => [
        ...(datasource ? [datasource] : []),
        ...(targets ?? []).map((target) => target.datasource),
      ]),
      ...dashboard.templating.list.flatMap(({ datasource }) => (datasource ? [datasource] : [])),
    ];
    expect(sources.length).toBeGreaterThan(20);
    for (const { uid } of sources) expect(uid).toBe('${datasource}');
    expect(dashboard.templating.list[0]).toMatchObject({ name: 'datasource', query: 'prometheus' });
  });
});

describe('the alerts', () => {
  it('have a case each, and a section in the runbooks with the three parts', () => {
    const names = rules.map(({ alert }) => alert);
    expect(new Set(ALERT_CASES.map(({ alert }) => alert))).toEqual(new Set(names));
    const sections = readFileSync('docs/runbooks.md', 'utf8').split(/^## /m).slice(1);
    expect(sections.map((section) => section.split('\n')[0])).toEqual(names);
    for (const section of sections) {
      for (const part of ['**Meaning.**', '**Diagnosis.**', '**Mitigation.**']) expect(section).toContain(part);
    }
    for (const { alert, annotations } of rules) expect(annotations.runbook_url).toBe(RUNBOOKS + alert.toLowerCase());
  });
});

const promtool = spawnSync('promtool', ['--version']).status === 0;

describe.skipIf(!promtool)(`promtool${promtool ? '' : ' (skipped: it is not installed; Debian: prometheus)'}`, () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'rules-'));
    writeFileSync(join(folder, 'rules.yml'), stringify(spec));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  function run(...args: string[]): { readonly status: number | null; readonly output: string } {
    const { status, stdout, stderr } = spawnSync('promtool', args, { encoding: 'utf8', cwd: folder });
    return { status, output: stdout + stderr };
  }
  const ok = { status: 0, output: expect.any(String) as string };

  /** Whether the alert fires with exactly these labels and texts, or not at all where none are given. */
  function test(series: Readonly<Record<string, string>>, at: string, alertname: string, expected: readonly object[]) {
    const input_series = Object.entries(series).map(([name, values]) => ({ series: name, values }));
    const alert_rule_test = [{ eval_time: at, alertname, exp_alerts: expected }];
    const tests = [{ interval: '1m', input_series, alert_rule_test }];
    writeFileSync(
      join(folder, 'test.yml'),
      stringify({ rule_files: ['rules.yml'], tests }, { aliasDuplicateObjects: false }),
    );
    return run('test', 'rules', 'test.yml');
  }

  it('finds nothing wrong with the rules', () => {
    expect(run('check', 'rules', '--lint=all', '--lint-fatal', 'rules.yml')).toEqual(ok);
  });

  it.each(ALERT_CASES)('$alert fires ($fires.summary)', ({ alert, fires }) => {
    const { labels, summary, series, at } = fires;
    const expected = [
      { exp_labels: labels, exp_annotations: { summary, runbook_url: RUNBOOKS + alert.toLowerCase() } },
    ];
    expect(test(series, at, alert, expected)).toEqual(ok);
  });

  it('compares its expectations', () => {
    const { alert, fires } = ALERT_CASES[0]!;
    expect(test(fires.series, fires.at, alert, []).status).toBe(1);
  });

  it.each(ALERT_CASES)('$alert stays quiet in its healthy case', ({ alert, quiet }) => {
    expect(test(quiet.series, quiet.at, alert, [])).toEqual(ok);
  });

  it('understands every query of the dashboard', () => {
    const filled = expressions.map((expr, index) => ({
      record: `dashboard:${String(index)}:query`,
      expr: expr.replaceAll('$__rate_interval', '5m').replaceAll(/\$(model|upstream)/g, '.*'),
    }));
    writeFileSync(join(folder, 'dashboard.yml'), stringify({ groups: [{ name: 'dashboard', rules: filled }] }));
    expect(run('check', 'rules', 'dashboard.yml')).toEqual(ok);
  });
});
