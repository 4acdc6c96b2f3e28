import { expect, it } from 'vitest';
import { declaredVariables, readEnvironment } from '#config';
import type { Manifest } from './kustomize.js';
import { pick } from './kustomize.js';

/** Read by Node itself. */
const OF_NODE = ['NODE_OPTIONS'];

/** Seconds between the end of the drain and SIGKILL: what is left then is closed. */
const MIN_CLOSING_SECONDS = 15;

export const podOf = (deployment: Manifest) => deployment.spec.template.spec;
export const settingsOf = (manifests: readonly Manifest[]): Record<string, string> =>
  pick(manifests, 'ConfigMap', /-settings\b/).data;

/** Registers the tests that every installation passes, whatever its settings are. */
export function testPolicies(name: string, build: () => readonly Manifest[]): void {
  it(`${name}: every pod is restricted`, () => {
    for (const deployment of deploymentsOf(build())) {
      const pod = podOf(deployment);
      expect(pod).toMatchObject({
        automountServiceAccountToken: false,
        enableServiceLinks: false,
        securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      });
      expect(pod.securityContext.runAsUser).toBeGreaterThan(0);
      for (const field of ['hostNetwork', 'hostPID', 'hostIPC']) expect(pod).not.toHaveProperty(field);
      for (const volume of pod.volumes ?? []) expect(volume).not.toHaveProperty('hostPath');
      for (const container of pod.containers) {
        expect(container.securityContext).toEqual({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        });
        expect(container.image).toMatch(/:\d+(\.\d+)+(-\w+)?$|@sha256:[0-9a-f]{64}$/);
        expect(container.resources).toMatchObject({
          requests: { cpu: expect.any(String), memory: expect.any(String) },
          limits: { memory: expect.any(String) },
        });
        expect(container.resources.limits).not.toHaveProperty('cpu');
      }
    }
  });

  it(`${name}: pods end after their answers and leave the Service before that`, () => {
    const manifests = build();
    const pod = podOf(proxyOf(manifests));
    const [proxy] = pod.containers;
    const preStop = Number(proxy.lifecycle.preStop.sleep.seconds);
    const { SHUTDOWN_GRACE_SECONDS: drain } = readEnvironment(settingsOf(manifests));
    expect(pod.terminationGracePeriodSeconds).toBeGreaterThanOrEqual(preStop + drain + MIN_CLOSING_SECONDS);
    const patience = (probe: { periodSeconds: number; failureThreshold: number }) =>
      probe.periodSeconds * probe.failureThreshold;
    expect(proxy.readinessProbe).toMatchObject({ httpGet: { path: '/readyz' }, timeoutSeconds: 3 });
    expect(proxy.livenessProbe).toMatchObject({ httpGet: { path: '/livez' }, timeoutSeconds: 5 });
    expect(patience(proxy.livenessProbe)).toBeGreaterThan(2 * patience(proxy.readinessProbe));
    expect(patience(proxy.startupProbe)).toBeGreaterThanOrEqual(60);
    expect(preStop).toBeGreaterThanOrEqual(patience(proxy.readinessProbe));
  });

  it(`${name}: selectors meet the pods they mean`, () => {
    const manifests = build();
    const labels = deploymentsOf(manifests).map(({ spec }) => spec.template.metadata.labels as Record<string, string>);
    const matches = (selector: Record<string, string>) =>
      labels.filter((label) => Object.entries(selector).every(([key, value]) => label[key] === value)).length;
    const selectors = manifests.flatMap(({ kind, spec }) => {
      if (kind === 'Service') return [spec.selector];
      if (kind === 'Deployment' || kind === 'PodDisruptionBudget') return [spec.selector.matchLabels];
      return kind === 'NetworkPolicy' ? [spec.podSelector.matchLabels] : [];
    });
    expect(selectors.length).toBeGreaterThan(1);
    for (const selector of selectors) expect(matches(selector)).toBe(1);
  });

  it(`${name}: sets only variables that the configuration declares, valid ones, and none twice`, () => {
    const manifests = build();
    const declared = declaredVariables().map((variable) => variable.name);
    const mapping = manifests.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name.endsWith('-mapping'));
    const used = JSON.stringify(mapping?.data ?? {}).matchAll(/\$\{(\w+)\}/g);
    const known = new Set([...declared, ...OF_NODE, ...[...used].map(([, variable]) => variable!)]);
    const [proxy] = podOf(proxyOf(manifests)).containers;
    const settings = settingsOf(manifests);
    const names = [...proxy.env.map((entry: { name: string }) => entry.name), ...Object.keys(settings)];
    for (const variable of names) expect(known).toContain(variable);
    expect(names).toEqual([...new Set(names)]);
    expect(() => readEnvironment(settings)).not.toThrow();
  });

  it(`${name}: keys come from a Secret`, () => {
    const [proxy] = podOf(proxyOf(build())).containers;
    const secrets = new Set(
      declaredVariables()
        .filter((variable) => variable.secret)
        .map((variable) => variable.name),
    );
    for (const { name: variable, value } of proxy.env) {
      if (isAddress(value)) continue;
      if (secrets.has(variable) || /KEY|TOKEN|PASSWORD/.test(variable)) expect(value).toBeUndefined();
    }
    for (const variable of Object.keys(settingsOf(build()))) expect(secrets).not.toContain(variable);
  });
}

const deploymentsOf = (manifests: readonly Manifest[]) => manifests.filter(({ kind }) => kind === 'Deployment');

/** The Deployment of the proxy, whatever the installation is called. */
function proxyOf(manifests: readonly Manifest[]): Manifest {
  const labelled = deploymentsOf(manifests).filter(
    ({ spec }) => spec.template.metadata.labels['app.kubernetes.io/component'] === 'proxy',
  );
  expect(labelled).toHaveLength(1);
  return labelled[0]!;
}

/** The address of a Redis without a password. */
function isAddress(value: string | undefined): boolean {
  return value !== undefined && /^rediss?:\/\/[^@?]+$/.test(value);
}
