import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readSettings } from '#config';
import { BASE, build, builder, OVERLAYS, pick } from './kustomize.js';
import { podOf, testPolicies } from './policies.js';
import { mistakesOf } from './schema.js';

const SINGLE = 'deploy/kubernetes/overlays/single-upstream';
const MULTI = 'deploy/kubernetes/overlays/multi-upstream-redis';
const RUNNING = [SINGLE, MULTI];

describe.skipIf(builder.missing)(`manifests${builder.missing ? ` (skipped: ${builder.missing})` : ''}`, () => {
  it('builds every overlay there is', { timeout: 60_000 }, () => {
    const folders = readdirSync('deploy/kubernetes/overlays').map((name) => `deploy/kubernetes/overlays/${name}`);
    expect(folders.sort()).toEqual([...OVERLAYS].sort());
    for (const folder of [BASE, ...OVERLAYS]) expect(build(folder).length).toBeGreaterThan(2);
  });

  it('has only fields and values that the schemas know', { timeout: 120_000 }, () => {
    expect(mistakesOf([BASE, ...OVERLAYS].flatMap(build))).toEqual([]);
  });

  it('would notice an unknown field, a wrong value and an unknown kind', { timeout: 120_000 }, () => {
    const broken = structuredClone(pick(build(BASE), 'Deployment', 'llmproxy'));
    podOf(broken).containers[0].livenessProbes = {};
    podOf(broken).terminationGracePeriodSeconds = 'long';
    const mistakes = mistakesOf([broken, { apiVersion: 'v9', kind: 'Nothing', metadata: { name: 'x' } }]).join('\n');
    expect(mistakes).toContain('livenessProbes');
    expect(mistakes).toContain('terminationGracePeriodSeconds');
    expect(mistakes).toContain('no schema for v9 Nothing');
  });

  it('puts everything into one namespace, which asks for restricted pods', () => {
    for (const manifest of OVERLAYS.flatMap(build)) {
      if (manifest.kind !== 'Namespace') expect(manifest.metadata.namespace).toBe('llmproxy');
    }
    const { labels } = pick(build(BASE), 'Namespace', 'llmproxy').metadata;
    expect(labels).toMatchObject({ 'pod-security.kubernetes.io/enforce': 'restricted' });
  });

  for (const folder of RUNNING) testPolicies(folder, () => build(folder));

  it('runs as the user of the image', () => {
    expect(readFileSync('Dockerfile', 'utf8')).toMatch(/^USER node$/m);
    // `node` of the official images.
    expect(podOf(pick(build(BASE), 'Deployment', 'llmproxy')).securityContext.runAsUser).toBe(1000);
  });

  it('can be rolled, drained and scaled without a gap', () => {
    const manifests = build(BASE);
    const { spec } = pick(manifests, 'Deployment', 'llmproxy');
    expect(spec.strategy.rollingUpdate).toEqual({ maxUnavailable: 0, maxSurge: 1 });
    expect(spec).not.toHaveProperty('replicas');
    const { spec: budget } = pick(manifests, 'PodDisruptionBudget', 'llmproxy');
    expect(budget).toMatchObject({ maxUnavailable: 1 });
    expect(budget).not.toHaveProperty('minAvailable');
    const { spec: scaler } = pick(manifests, 'HorizontalPodAutoscaler', 'llmproxy');
    expect(scaler.minReplicas).toBeGreaterThanOrEqual(2);
    expect(scaler.behavior.scaleDown.stabilizationWindowSeconds).toBeGreaterThanOrEqual(300);
    const streams = scaler.metrics.find(({ type }: { type: string }) => type === 'Pods').pods;
    const limit = Number(pick(manifests, 'ConfigMap', /^llmproxy-settings-/).data.MAX_CONCURRENT_REQUESTS);
    // A gauge that its own limit bounds never passes a target above that limit.
    expect(Number(streams.target.averageValue)).toBeLessThan(limit);
  });

  it.each(RUNNING)('%s: keys come from the example Secret, which is marked', (folder) => {
    const manifests = build(folder);
    const secret = pick(manifests, 'Secret', /^llmproxy-secrets-/);
    expect(Object.keys(secret.metadata.annotations ?? {}).join()).toContain('replace-me');
    const values = Object.values(secret.data as Record<string, string>);
    for (const value of values) expect(Buffer.from(value, 'base64').toString()).toBe('replace-me');
    const [proxy] = podOf(pick(manifests, 'Deployment', 'llmproxy')).containers;
    for (const { valueFrom } of proxy.env) {
      if (!valueFrom) continue;
      expect(valueFrom.secretKeyRef.name).toBe(secret.metadata.name);
      expect(secret.data).toHaveProperty(valueFrom.secretKeyRef.key);
    }
  });

  it('reaches names, upstreams and Redis, but no credentials of the cloud machine', () => {
    const { spec } = pick(build(MULTI), 'NetworkPolicy', 'llmproxy');
    expect(spec.policyTypes).toEqual(['Ingress', 'Egress']);
    const blocks = spec.egress.flatMap(({ to }: { to?: { ipBlock?: object }[] }) => to ?? []);
    expect(blocks[0].ipBlock).toEqual({ cidr: '0.0.0.0/0', except: ['169.254.169.254/32'] });
    const open = spec.egress.filter(({ to }: { to?: object[] }) => !to);
    expect(open).toEqual([
      {
        ports: [
          { protocol: 'UDP', port: 53 },
          { protocol: 'TCP', port: 53 },
        ],
      },
    ]);
    expect(pick(build(MULTI), 'NetworkPolicy', 'llmproxy-to-redis').spec.egress[0].ports).toEqual([
      { protocol: 'TCP', port: 6379 },
    ]);
    expect(pick(build(MULTI), 'NetworkPolicy', 'llmproxy-redis').spec.egress).toEqual([]);
  });

  it('limits callers through Redis where it runs one, and does not start with the example of a key', () => {
    const manifests = build(MULTI);
    const settings = pick(manifests, 'ConfigMap', /^llmproxy-settings-/).data as Record<string, string>;
    const [proxy] = podOf(pick(manifests, 'Deployment', 'llmproxy')).containers;
    const { value: redis } = proxy.env.find(({ name }: { name: string }) => name === 'REDIS_URL');
    const environment = {
      ...settings,
      MODEL_MAPPING_FILE: `${MULTI}/mapping.yaml`,
      CLOUD_API_KEY: 'x',
      REDIS_URL: redis,
    };
    const { limits } = readSettings({ ...environment, PROXY_API_KEYS: 'n8n:0123456789abcdef' });
    const replicas = pick(manifests, 'HorizontalPodAutoscaler', 'llmproxy').spec.minReplicas;
    expect(limits).toMatchObject({ enabled: true, redisUrl: redis, replicas });
    const { data: example } = pick(manifests, 'Secret', /^llmproxy-secrets-/);
    const key = Buffer.from(example.PROXY_API_KEYS, 'base64').toString();
    expect(() => readSettings({ ...environment, PROXY_API_KEYS: key })).toThrow(/PROXY_API_KEYS/);
  });

  it('lets streams through the door, unbuffered and as long as they last, and keeps metrics and probes inside', () => {
    const route = pick(build(MULTI), 'HTTPRoute', 'llmproxy').spec.rules;
    for (const rule of route) expect(rule.timeouts).toEqual({ request: '0s', backendRequest: '0s' });
    const ingress = pick(build(SINGLE), 'Ingress', 'llmproxy');
    const settings = pick(build(SINGLE), 'ConfigMap', /^llmproxy-settings-/).data;
    expect(ingress.metadata.annotations).toMatchObject({
      'nginx.ingress.kubernetes.io/proxy-buffering': 'off',
      'nginx.ingress.kubernetes.io/proxy-read-timeout': '3600',
      'nginx.ingress.kubernetes.io/proxy-body-size': `${String(Number(settings.REQUEST_MAX_SIZE) / 1024 / 1024)}m`,
    });
    const paths = [
      ...ingress.spec.rules[0].http.paths.map(({ path, pathType }: Record<string, string>) => [path, pathType]),
      ...route.flatMap(({ matches }: { matches: { path: { type: string; value: string } }[] }) =>
        matches.map(({ path }) => [path.value, path.type.replace('Path', '')]),
      ),
    ];
    expect(new Set(paths.map((path) => path.join(' ')))).toEqual(new Set(['/ Exact', '/api Prefix', '/v1 Prefix']));
  });

  it('has a mapping file that the proxy accepts, with a second upstream to fall back to', () => {
    const mapping = pick(build(MULTI), 'ConfigMap', 'llmproxy-mapping').data['mapping.yaml'];
    const { upstreams } = parse(mapping) as { upstreams: { name: string; priority: number }[] };
    expect(upstreams.map(({ priority }) => priority)).toEqual([0, 1]);
    const settings = readSettings({
      UPSTREAMS: '',
      MODEL_MAPPING_FILE: 'deploy/kubernetes/overlays/multi-upstream-redis/mapping.yaml',
      CLOUD_API_KEY: 'from-the-Secret',
    });
    expect(JSON.stringify(settings.mapping)).toContain('from-the-Secret');
    const { containers, volumes } = podOf(pick(build(MULTI), 'Deployment', 'llmproxy'));
    expect(containers[0].volumeMounts).toEqual([{ name: 'mapping', mountPath: '/etc/llmproxy', readOnly: true }]);
    expect(volumes).toEqual([{ name: 'mapping', configMap: { name: 'llmproxy-mapping' } }]);
  });
});
