import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { CHART, helm, renderChart, runHelm } from './helm.js';
import type { Manifest } from './kustomize.js';
import { build, builder, OVERLAYS, pick } from './kustomize.js';
import { podOf, settingsOf, testPolicies } from './policies.js';
import { mistakesOf } from './schema.js';

const UPSTREAM = ['--set', 'upstream.baseUrl=https://api.openai.com/v1'];
const MONITORING = ['serviceMonitor', 'rules', 'dashboard'].flatMap((part) => [
  '--set',
  `monitoring.${part}.enabled=true`,
]);
const EVERYTHING = [
  ...UPSTREAM,
  ...MONITORING,
  ...['redis.enabled=true', 'ingress.enabled=true', 'gateway.enabled=true', 'secrets.values.PROXY_API_KEYS=x'].flatMap(
    (value) => ['--set', value],
  ),
  '--set-json',
  'mapping={"llama3":"gpt-4o"}',
];

const example = (name: string, ...secrets: string[]) => [
  '--values',
  `${CHART}/examples/${name}.yaml`,
  // The overlays make their Secret themselves.
  ...['existing=', ...secrets.map((key) => `values.${key}=replace-me`)].flatMap((value) => [
    '--set',
    `secrets.${value}`,
  ]),
];

/** Values with which the chart makes the objects of an overlay. */
const EQUAL: Readonly<Record<string, readonly string[]>> = {
  'single-upstream': example('single-upstream', 'OPENAI_API_KEY'),
  'multi-upstream-redis': [
    ...example('multi-upstream-redis', 'CLOUD_API_KEY', 'PROXY_API_KEYS'),
    '--set-file',
    'mapping=deploy/kubernetes/overlays/multi-upstream-redis/mapping.yaml',
  ],
  monitoring: [...UPSTREAM, ...MONITORING],
};

const INSTALLATIONS: Readonly<Record<string, readonly string[]>> = {
  'one upstream': UPSTREAM,
  everything: EVERYTHING,
  'the example of one upstream': ['--values', `${CHART}/examples/single-upstream.yaml`],
  'the example of two upstreams': ['--values', `${CHART}/examples/multi-upstream-redis.yaml`],
  'no autoscaling, another drain, other names': [
    ...UPSTREAM,
    ...['autoscaling.enabled=false', 'settings.SHUTDOWN_GRACE_SECONDS=900', 'fullnameOverride=models'].flatMap(
      (value) => ['--set', value],
    ),
  ],
  'settings of the proxy': [...UPSTREAM, '--set-json', 'settings={"SHUTDOWN_GRACE_SECONDS":null,"LOG_LEVEL":null}'],
  'an image by digest': [...UPSTREAM, '--set', `image.digest=sha256:${'0'.repeat(64)}`],
};

describe.skipIf(helm.missing)(`the chart${helm.missing ? ` (skipped: ${helm.missing})` : ''}`, () => {
  it('passes the linter of Helm', () => {
    expect(runHelm('lint', CHART, '--strict', ...EVERYTHING)).toMatchObject({ status: 0 });
  });

  it('renders only fields and values that the schemas know', { timeout: 120_000 }, () => {
    expect(mistakesOf(Object.values(INSTALLATIONS).flatMap((values) => renderChart(...values)))).toEqual([]);
  });

  for (const [name, values] of Object.entries(INSTALLATIONS)) testPolicies(name, () => renderChart(...values));

  it('makes objects of every kind that the overlays have', () => {
    const kinds = new Set(renderChart(...EVERYTHING).map(({ kind }) => kind));
    expect([...kinds].sort()).toEqual([
      'ConfigMap',
      'Deployment',
      'HTTPRoute',
      'HorizontalPodAutoscaler',
      'Ingress',
      'NetworkPolicy',
      'PodDisruptionBudget',
      'PrometheusRule',
      'Secret',
      'Service',
      'ServiceMonitor',
    ]);
  });

  it('derives what depends on another setting', () => {
    const set = (values: object) => renderChart(...EVERYTHING, '--set-json', `settings=${JSON.stringify(values)}`);
    const manifests = set({ MAX_CONCURRENT_REQUESTS: 200, REQUEST_MAX_SIZE: 1_048_577, SHUTDOWN_GRACE_SECONDS: 60 });
    const [, streams] = pick(manifests, 'HorizontalPodAutoscaler', 'llmproxy').spec.metrics;
    expect(streams.pods.target.averageValue).toBe('120');
    expect(pick(manifests, 'Ingress', 'llmproxy').metadata.annotations).toMatchObject({
      'nginx.ingress.kubernetes.io/proxy-body-size': '2m',
    });
    expect(podOf(pick(manifests, 'Deployment', 'llmproxy')).terminationGracePeriodSeconds).toBe(90);
    expect(settingsOf(manifests)).toMatchObject({ EXPECTED_REPLICAS: '2', TRUSTED_PROXIES: '1' });
    expect(settingsOf(set({ TRUSTED_PROXIES: 2, OTEL_TRACES_SAMPLER_ARG: 0.1 }))).toMatchObject({
      TRUSTED_PROXIES: '2',
      OTEL_TRACES_SAMPLER_ARG: '0.1',
      REQUEST_MAX_SIZE: '33554432',
    });
    // No limit is no target.
    expect(pick(set({ MAX_CONCURRENT_REQUESTS: 0 }), 'HorizontalPodAutoscaler', 'llmproxy').spec.metrics).toHaveLength(
      1,
    );
  });

  it('restarts pods after a changed setting or secret, not after a changed mapping file', () => {
    const annotations = (...values: string[]) =>
      pick(renderChart(...EVERYTHING, ...values), 'Deployment', 'llmproxy').spec.template.metadata.annotations;
    const before = annotations();
    expect(annotations('--set-json', 'mapping={"llama3":"gpt-5"}')).toEqual(before);
    for (const value of ['settings.LOG_LEVEL=DEBUG', 'secrets.values.PROXY_API_KEYS=y']) {
      expect(annotations('--set', value)).not.toEqual(before);
    }
  });

  it.each([
    ['no upstream', [], 'no upstream: set upstream.baseUrl'],
    ['an unknown value', [...UPSTREAM, '--set', 'upstrem.baseUrl=x'], "'upstrem' not allowed"],
    ['an unknown variable', [...UPSTREAM, '--set', 'settings.LOG_LEVLE=DEBUG'], "'LOG_LEVLE'"],
    ['a key among the settings', [...UPSTREAM, '--set', 'settings.OPENAI_API_KEY=x'], "'OPENAI_API_KEY'"],
    ['an address without scheme', ['--set', 'upstream.baseUrl=api.openai.com'], '/upstream/baseUrl'],
    ['a count in words', [...UPSTREAM, '--set', 'autoscaling.minReplicas=two'], '/autoscaling/minReplicas'],
  ])('is refused with %s', (_, values, text) => {
    const { status, stderr } = runHelm('template', 'llmproxy', CHART, ...values);
    expect(status).not.toBe(0);
    expect(stderr).toContain(text);
  });

  it('says how to reach the proxy, and that it is open', () => {
    const notes = (...values: string[]) => {
      const { stdout } = runHelm('install', 'llmproxy', CHART, '--dry-run=client', ...values);
      return stdout.slice(stdout.indexOf('NOTES:'));
    };
    expect(notes(...UPSTREAM)).toContain('WARNING: PROXY_API_KEYS is not among the secrets');
    expect(notes(...UPSTREAM)).toContain('port-forward svc/llmproxy 11434:11434');
    expect(notes(...EVERYTHING)).toContain('https://llmproxy.example.com');
    expect(notes(...EVERYTHING)).not.toContain('WARNING');
  });
});

const missing = helm.missing ?? builder.missing;

describe.skipIf(missing)(`chart and overlays${missing ? ` (skipped: ${missing})` : ''}`, () => {
  it('are compared for every overlay', () => {
    expect(OVERLAYS.map((folder) => folder.split('/').at(-1))).toEqual(Object.keys(EQUAL));
  });

  it.each(Object.entries(EQUAL))('are equal: %s', (name, values) => {
    const chart = byName(renderChart(...values));
    const overlay = byName(build(`deploy/kubernetes/overlays/${name}`));
    // Helm makes the namespace with --create-namespace. The chart has the proxy in each installation, the overlay of the
    // monitoring has not.
    overlay.delete('Namespace llmproxy');
    const extra = [...chart.keys()].filter((key) => !overlay.has(key));
    if (name !== 'monitoring') expect(extra).toEqual([]);
    for (const [key, expected] of overlay) {
      const { metadata, ...actual } = chart.get(key) ?? { metadata: {} };
      const { metadata: expectedMetadata, ...rest } = expected;
      expect(actual, key).toEqual(rest);
      expect(metadata, key).toMatchObject(expectedMetadata);
    }
  });

  it('have the same mapping file as an example', () => {
    const mapping = 'deploy/kubernetes/overlays/multi-upstream-redis/mapping.yaml';
    const values = parse(readFileSync(`${CHART}/examples/multi-upstream-redis.yaml`, 'utf8')) as { mapping: object };
    expect(values.mapping).toEqual(parse(readFileSync(mapping, 'utf8')));
  });

  it('would differ with another value', () => {
    const chart = byName(renderChart(...EQUAL['single-upstream']!, '--set', 'resources.limits.memory=1Gi'));
    const key = 'Deployment llmproxy';
    expect(chart.get(key)?.spec).not.toEqual(
      byName(build('deploy/kubernetes/overlays/single-upstream')).get(key)?.spec,
    );
  });
});

describe('the values of the chart', () => {
  const chart = parse(readFileSync(`${CHART}/Chart.yaml`, 'utf8')) as { version: string; appVersion: string };

  it('have the version of the package and of the overlays', () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    expect(chart).toMatchObject({ version, appVersion: version });
    const { images } = parse(readFileSync('deploy/kubernetes/base/kustomization.yaml', 'utf8')) as {
      images: [{ newName: string; newTag: string }];
    };
    const values = parse(readFileSync(`${CHART}/values.yaml`, 'utf8')) as { image: { repository: string } };
    expect(images[0]).toMatchObject({ newName: values.image.repository, newTag: version });
  });
});

/** What differs by design: Helm's label and checksums, and the mark of an example. */
const DIFFERENT = /^(app\.kubernetes\.io\/instance|checksum\/.*|llmproxy\.example\.com\/replace-me)$/;

/** Objects by kind and name, without what differs by design and without Kustomize's hashes. */
function byName(manifests: readonly Manifest[]): Map<string, Manifest> {
  const text = JSON.stringify(manifests, (key, value: unknown) => {
    if (DIFFERENT.test(key)) return undefined;
    if (typeof value === 'string') return value.replace(/^(llmproxy-(?:settings|secrets))-[a-z0-9]{10}$/, '$1');
    if (key === 'env') return (value as { name: string }[]).toSorted((a, b) => (a.name < b.name ? -1 : 1));
    if (key === 'annotations' && Object.keys(value as object).every((name) => DIFFERENT.test(name))) return undefined;
    return value;
  });
  const plain = JSON.parse(text) as Manifest[];
  return new Map(plain.map((manifest) => [`${manifest.kind} ${manifest.metadata.name}`, manifest]));
}
