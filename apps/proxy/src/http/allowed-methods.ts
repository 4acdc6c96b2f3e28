import type { Application } from 'express';

interface Layer {
  match(path: string): boolean;
  route?: { methods: Readonly<Record<string, boolean>> };
}

/** A route with more methods than this takes whatever comes, and says nothing about what is allowed. */
const CATCH_ALL = 8;

/** The methods that any route answers at a path; none when the path is unknown. */
export function allowedMethods(application: Application, path: string): string[] {
  const layers = application.router.stack as unknown as readonly Layer[];
  const methods = layers.flatMap((layer) => {
    if (!layer.route || !layer.match(path)) return [];
    const own = Object.keys(layer.route.methods);
    return own.includes('_all') || own.length > CATCH_ALL ? [] : own;
  });
  return [...new Set(methods)].map((method) => method.toUpperCase());
}
