import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Injectable } from '@nestjs/common';

/** Copied beside the compiled code by the build (`assets` in nest-cli.json). */
const FOLDER = join(import.meta.dirname, 'static');

/** Content types of the files. */
const TYPES = {
  'page.html': 'text/html; charset=utf-8',
  'page.css': 'text/css; charset=utf-8',
  'page.js': 'text/javascript; charset=utf-8',
  'icon.svg': 'image/svg+xml',
} as const;

export type PageFileName = keyof typeof TYPES;

export interface PageFile {
  readonly type: string;
  readonly body: Buffer;
  /** Quoted, as in the header. */
  readonly etag: string;
}

/** The page's files, read by the first request so that the start does not wait for the disk, and then cached. */
@Injectable()
export class PageFiles {
  private readonly cache = new Map<PageFileName, Promise<PageFile>>();

  read(name: PageFileName): Promise<PageFile> {
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

async function load(name: PageFileName): Promise<PageFile> {
  const body = await readFile(join(FOLDER, name));
  return { type: TYPES[name], body, etag: `"${createHash('sha256').update(body).digest('base64url')}"` };
}
