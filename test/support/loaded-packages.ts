import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** For `startChild`: the process writes a line for each file of code that it loads. */
export const TELL_LOADED = [
  '--import',
  `data:text/javascript,${encodeURIComponent(`
    import { registerHooks } from 'node:module';
    import { writeSync } from 'node:fs';
    registerHooks({ load(url, context, next) {
      writeSync(2, 'LOADED ' + url + '\\n');
      return next(url, context);
    } });`)}`,
];

const PACKAGE = /node_modules\/((?:@[^/\s]+\/)?[^/\s]+)\//;

/** The packages in what such a process wrote: loaded as they are, or as a part of a bundled file. */
export function loadedPackages(output: string): ReadonlySet<string> {
  const files = [...output.matchAll(/^LOADED (file:.*)$/gm)].map(([, url]) => fileURLToPath(String(url)));
  const modules = files.flatMap((file) =>
    file.includes('/node_modules/') ? [file] : (readFileSync(file, 'utf8').match(/^\/\/ node_modules\/.*$/gm) ?? []),
  );
  return new Set(modules.map((module) => String(PACKAGE.exec(module)?.[1])));
}
