import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** For `startChild`: the process writes a line for each file of code that it loads, and at its end for each part of Node. */
export const TELL_LOADED = [
  '--import',
  `data:text/javascript,${encodeURIComponent(`
    import { registerHooks } from 'node:module';
    import { writeSync } from 'node:fs';
    registerHooks({ load(url, context, next) {
      writeSync(2, 'LOADED ' + url + '\\n');
      return next(url, context);
    } });
    process.once('exit', () => writeSync(2, process.moduleLoadList.map((part) => 'PART ' + part + '\\n').join('')));`)}`,
];

const PACKAGE = /node_modules\/((?:@[^/\s]+\/)?[^/\s]+)\//;

/** The files of the bundle in what such a process wrote. */
export const loadedFiles = (output: string): string[] =>
  [...output.matchAll(/^LOADED (file:.*)$/gm)].map(([, url]) => fileURLToPath(String(url)));

/** The packages in what such a process wrote: loaded as they are, or as a part of a bundled file. */
export function loadedPackages(output: string): ReadonlySet<string> {
  const modules = loadedFiles(output).flatMap((file) =>
    file.includes('/node_modules/') ? [file] : (readFileSync(file, 'utf8').match(/^\/\/ node_modules\/.*$/gm) ?? []),
  );
  return new Set(modules.map((module) => String(PACKAGE.exec(module)?.[1])));
}
