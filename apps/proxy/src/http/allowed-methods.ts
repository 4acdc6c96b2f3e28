import type { Application } from 'express';

interface Layer {
  match(path: string): boolean;
  route?: { methods: Readonly<Record<string, boolean>> };
}

/** The methods that any route answers at a path; none when the path is unknown. */
export function allowedMethods(application: Application, path: string): string[] {
  const layers = application.router.stack as unknown as readonly Layer[];
  const methods = layers.flatMap((layer) => (layer.route && layer.match(path) ? Object.keys(layer.route.methods) : []));
  return [...new Set(methods)].filter((method) => method !== '_all').map((method) => method.toUpperCase());
}
