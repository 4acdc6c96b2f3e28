import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Injectable } from '@nestjs/common';

/** The build copies it beside the compiled code (`assets` in nest-cli.json). */
const FOLDER = join(import.meta.dirname, 'static');

/** The files there are, with their content types. */
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
  /** In quotes, as the header wants it. */
  readonly etag: string;
}

/** The page's files: read when first asked for, so that the start does not wait for the disk, and then kept. */
@Injectable()
export class PageFiles {
  private readonly kept = new Map<PageFileName, Promise<PageFile>>();

  read(name: PageFileName): Promise<PageFile> {
    let file = this.kept.get(name);
    if (!file) {
      file = load(name);
      this.kept.set(name, file);
      // A disk that failed once may do better next time.
      file.catch(() => this.kept.delete(name));
    }
    return file;
  }
}

async function load(name: PageFileName): Promise<PageFile> {
  const body = await readFile(join(FOLDER, name));
  return { type: TYPES[name], body, etag: `"${createHash('sha256').update(body).digest('base64url')}"` };
}
