import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Injectable } from '@nestjs/common';

/** Copied beside the compiled code by the build (`assets` in nest-cli.json). */
const FOLDER = join(import.meta.dirname, 'static');

/** Packages that the page loads. The bundle has copies in the folder (scripts/bundle.mjs). */
const PACKAGES: ReadonlyMap<string, () => string> = new Map([
  ['marked.js', () => import.meta.resolve('marked')],
  ['purify.js', () => import.meta.resolve('dompurify')],
]);

/** What the page loads, below `/ui`. */
export const ASSETS: readonly string[] = [
  ...['page.css', 'icon.svg'],
  ...['page', 'answer', 'chat', 'code', 'dom', 'markdown', 'server', 'setup', 'status'].map((name) => `${name}.js`),
  ...PACKAGES.keys(),
];

/** Content types by the ending of the name. */
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

export interface PageFile {
  readonly type: string;
  readonly body: Buffer;
  /** Quoted, as in the header. */
  readonly etag: string;
}

/** The page's files, read by the first request so that the start does not wait for the disk, and then cached. */
@Injectable()
export class PageFiles {
  private readonly cache = new Map<string, Promise<PageFile>>();

  read(name: string): Promise<PageFile> {
    let file = this.cache.get(name);
    if (!file) {
      file = load(name);
      this.cache.set(name, file);
      // A failed read is retried by the next request.
      file.catch(() => this.cache.delete(name));
    }
    return file;
  }
}

async function load(name: string): Promise<PageFile> {
  const body = await readFile(pathOf(name));
  const type = TYPES[extname(name)] ?? 'application/octet-stream';
  return { type, body, etag: `"${createHash('sha256').update(body).digest('base64url')}"` };
}

function pathOf(name: string): string {
  const path = join(FOLDER, name);
  const inPackage = PACKAGES.get(name);
  return inPackage && !existsSync(path) ? fileURLToPath(inPackage()) : path;
}
