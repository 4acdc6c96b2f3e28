import type { Application } from 'express';

interface Layer {
  match(path: string): boolean;
  route?: { path: unknown; methods: Readonly<Record<string, boolean>> };
}

/** The methods that the routes of a path have; empty for an unknown path. */
export function allowedMethods(application: Application, path: string): string[] {
  const layers = application.router.stack as unknown as readonly Layer[];
  const methods = layers.flatMap((layer) => {
    if (!layer.route || !layer.match(path)) return [];
    // A catch-all route does not define methods of a path.
    return String(layer.route.path).endsWith('/*path') ? [] : Object.keys(layer.route.methods);
  });
  return [...new Set(methods)].map((method) => method.toUpperCase());
}
