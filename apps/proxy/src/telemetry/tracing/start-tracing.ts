import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import {
  defaultResource,
  detectResources,
  resourceAttributesEnvDetector,
  resourceFromAttributes,
  serviceNameEnvDetector,
} from '@opentelemetry/resources';
import type { Sampler } from '@opentelemetry/sdk-trace';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  TracerProvider,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace';
import type { Settings, TracingSettings } from '#config';
import type { RequestObserver } from '../../edge/request-observer.js';
import { PlannedIds } from './planned-ids.js';
import { SpanObserver } from './span-observer.js';

const SERVICE = 'ollama-openai-proxy';

export interface Tracing {
  readonly observer: RequestObserver;
  /** Exports the remaining spans. */
  stop(): Promise<void>;
}

/** Loaded only when tracing is enabled. The exporter and the resource read their OTEL_* variables themselves. */
export function startTracing({ tracing, build }: Pick<Settings, 'tracing' | 'build'>): Tracing {
  const ids = new PlannedIds();
  const provider = new TracerProvider({
    idGenerator: ids,
    sampler: samplerOf(tracing),
    resource: defaultResource()
      .merge(resourceFromAttributes({ 'service.name': SERVICE, 'service.version': build.version }))
      .merge(detectResources({ detectors: [resourceAttributesEnvDetector, serviceNameEnvDetector] })),
    spanProcessors: [
      new BatchSpanProcessor({ exporter: new OTLPTraceExporter(), scheduledDelayMillis: tracing.delayMs }),
    ],
  });
  return {
    observer: new SpanObserver(provider.getTracer(SERVICE, build.version), ids),
    stop: () => provider.shutdown(),
  };
}

function samplerOf({ sampler, ratio }: TracingSettings): Sampler {
  const roots = { always_on: new AlwaysOnSampler(), always_off: new AlwaysOffSampler() };
  switch (sampler) {
    case 'always_on':
      return roots.always_on;
    case 'always_off':
      return roots.always_off;
    case 'traceidratio':
      return new TraceIdRatioBasedSampler(ratio);
    case 'parentbased_always_on':
      return new ParentBasedSampler({ root: roots.always_on });
    case 'parentbased_always_off':
      return new ParentBasedSampler({ root: roots.always_off });
    case 'parentbased_traceidratio':
      return new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(ratio) });
  }
}
