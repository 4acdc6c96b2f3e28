import type { Application } from 'express';

interface Layer {
  match(path: string): boolean;
  route?: { path: unknown; methods: Readonly<Record<string, boolean>> };
}

/** The methods that any route answers at a path; none when the path is unknown. */
export function allowedMethods(application: Application, path: string): string[] {
  const layers = application.router.stack as unknown as readonly Layer[];
  const methods = layers.flatMap((layer) => {
    if (!layer.route || !layer.match(path)) return [];
    // A route for whatever path says nothing about this one.
    return String(layer.route.path).endsWith('/*path') ? [] : Object.keys(layer.route.methods);
  });
  return [...new Set(methods)].map((method) => method.toUpperCase());
}
