import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Response } from 'express';

const here = createRequire(import.meta.url);

/** The bundle has the files beside it; from source they are in the packages. */
const BUNDLED = fileURLToPath(new URL('./static/docs', import.meta.url));
const folderOf = (inPackages: string): string => (existsSync(BUNDLED) ? BUNDLED : dirname(here.resolve(inPackages)));

/** One file of Swagger UI, in the version that @nestjs/swagger was made for. */
export function sendSwaggerUiFile(path: string, response: Response): Promise<void> {
  const root = folderOf('swagger-ui-dist/swagger-ui.css');
  return new Promise((resolve, reject) => {
    response.sendFile(basename(path), { root }, (error?: Error) => {
      // A client that disconnects halfway is no failure.
      if (error && !response.headersSent) reject(error);
      else resolve();
    });
  });
}

/** Redoc loads the logo of its maker from the internet, in two sizes; it is replaced by text. */
const OUTSIDE_LOGO = /https:\/\/cdn\.redoc\.ly\/redoc\/logo-mini(-full)?\.svg/g;
const LOGO =
  'data:image/svg+xml,<svg xmlns=%22http://www.w3.org/2000/svg%22 width=%2244%22 height=%2212%22><text y=%2210%22 font-size=%2211%22 font-family=%22sans-serif%22 fill=%22%230044d4%22>Redocly</text></svg>';

/**
 * Redoc, one self-contained file of 2 MB, read for each request rather than kept in memory. Its dependencies matter
 * only when it is imported, so package.json's overrides replace React and its telemetry by empty packages.
 */
export async function sendRedocFile(response: Response): Promise<void> {
  const file = 'redoc/bundles/redoc.standalone.js';
  const text = await readFile(join(folderOf(file), basename(file)), 'utf8');
  response
    .writeHead(200, { 'Content-Type': 'text/javascript; charset=utf-8', 'Cache-Control': 'private, max-age=3600' })
    .end(text.replaceAll(OUTSIDE_LOGO, LOGO));
}
