import { HTTPRoute } from '@kubernetes-models/gateway-api/gateway.networking.k8s.io/v1';
import { PrometheusRule, ServiceMonitor } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1';
import { Deployment } from 'kubernetes-models/apps/v1';
import { HorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2';
import { Ingress, NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1';
import { ConfigMap, Namespace, Secret, Service } from 'kubernetes-models/v1';
import { resolve } from 'node:path';
import ts from 'typescript';
import type { Manifest } from './kustomize.js';

/** Checks values: types, formats, required fields. It lets unknown fields pass. */
type Model = new (data: never) => { validate(): void };

/** What each kind is checked with, and the module that has its type `I<kind>`. */
const KINDS: Readonly<Record<string, readonly [Model, string]>> = {
  'apps/v1 Deployment': [Deployment, 'kubernetes-models/apps/v1'],
  'autoscaling/v2 HorizontalPodAutoscaler': [HorizontalPodAutoscaler, 'kubernetes-models/autoscaling/v2'],
  'networking.k8s.io/v1 Ingress': [Ingress, 'kubernetes-models/networking.k8s.io/v1'],
  'networking.k8s.io/v1 NetworkPolicy': [NetworkPolicy, 'kubernetes-models/networking.k8s.io/v1'],
  'policy/v1 PodDisruptionBudget': [PodDisruptionBudget, 'kubernetes-models/policy/v1'],
  'v1 ConfigMap': [ConfigMap, 'kubernetes-models/v1'],
  'v1 Namespace': [Namespace, 'kubernetes-models/v1'],
  'v1 Secret': [Secret, 'kubernetes-models/v1'],
  'v1 Service': [Service, 'kubernetes-models/v1'],
  'gateway.networking.k8s.io/v1 HTTPRoute': [HTTPRoute, '@kubernetes-models/gateway-api/gateway.networking.k8s.io/v1'],
  'monitoring.coreos.com/v1 PrometheusRule': [
    PrometheusRule,
    '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1',
  ],
  'monitoring.coreos.com/v1 ServiceMonitor': [
    ServiceMonitor,
    '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1',
  ],
};

/** Everything wrong with these objects, by the published schemas; an unknown kind is wrong too. */
export function mistakesOf(manifests: readonly Manifest[]): readonly string[] {
  const known = manifests.filter(({ apiVersion, kind }) => `${apiVersion} ${kind}` in KINDS);
  const unknown = manifests.filter((manifest) => !known.includes(manifest));
  return [
    ...unknown.map(({ apiVersion, kind }) => `no schema for ${apiVersion} ${kind}`),
    ...known.flatMap(valueMistakes),
    ...typeMistakes(known),
  ];
}

function valueMistakes(manifest: Manifest): string[] {
  const [model] = KINDS[`${manifest.apiVersion} ${manifest.kind}`]!;
  try {
    new model(manifest as never).validate();
    return [];
  } catch (error) {
    return [`${manifest.kind} ${manifest.metadata.name}: ${(error as Error).message}`];
  }
}

/**
 * The validators accept fields they do not know, and a misspelt probe would be no probe. The compiler does not: it is
 * given each object as a literal of the kind's type.
 */
function typeMistakes(manifests: readonly Manifest[]): string[] {
  const source = manifests
    .map((manifest, index) => {
      const [, module] = KINDS[`${manifest.apiVersion} ${manifest.kind}`]!;
      const literal = JSON.stringify(manifest, null, 1);
      return `export const object${String(index)}: import('${module}').I${manifest.kind} = ${literal};`;
    })
    .join('\n');
  const file = resolve('test/deploy/manifests-as-literals.ts');
  const options: ts.CompilerOptions = {
    module: ts.ModuleKind.NodeNext,
    target: ts.ScriptTarget.ES2023,
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    types: [],
  };
  const host = ts.createCompilerHost(options);
  const disk = ts.createCompilerHost(options);
  host.fileExists = (name) => name === file || disk.fileExists(name);
  host.getSourceFile = (name, ...rest) =>
    name === file ? ts.createSourceFile(name, source, ts.ScriptTarget.ES2023) : disk.getSourceFile(name, ...rest);
  const program = ts.createProgram([file], options, host);
  return ts.getPreEmitDiagnostics(program).map(({ messageText, file: at, start }) => {
    const line = at && start !== undefined ? at.text.slice(start).split('\n')[0] : '';
    return `${ts.flattenDiagnosticMessageText(messageText, ' ')}: ${line ?? ''}`;
  });
}
