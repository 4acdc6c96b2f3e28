import { Controller, Get, Next, Req, Res } from '@nestjs/common';
import type { NextFunction, Request, Response } from 'express';
import { allowedMethods } from '../edge/allowed-methods.js';
import type { PageFileName } from './page-files.js';
import { PageFiles } from './page-files.js';

/**
 * The page shows what models and backends wrote, so it may run nothing but its own script, load nothing from elsewhere
 * and be shown in no other page's frame.
 */
const SECURITY_HEADERS = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
};

/** What the page links to where this server has it. */
const LINKED = ['/docs', '/redoc', '/v1/metrics'];

@Controller()
export class PageController {
  constructor(private readonly files: PageFiles) {}

  /** For browsers only; everything else, and HEAD, is for the routes that answer as Ollama does. */
  @Get()
  async page(@Req() request: Request, @Res() response: Response, @Next() next: NextFunction): Promise<void> {
    if (request.method === 'HEAD' || !request.headers.accept?.includes('text/html')) {
      next();
      return;
    }
    response.setHeader('Vary', 'Accept');
    await this.send('page.html', request, response);
  }

  @Get('ui/page.css')
  style(@Req() request: Request, @Res() response: Response): Promise<void> {
    return this.send('page.css', request, response);
  }

  @Get('ui/page.js')
  script(@Req() request: Request, @Res() response: Response): Promise<void> {
    return this.send('page.js', request, response);
  }

  @Get('ui/icon.svg')
  icon(@Req() request: Request, @Res() response: Response): Promise<void> {
    return this.send('icon.svg', request, response);
  }

  /** Asked for instead of tried out: a path that is not there would be an error in the browser's console. */
  @Get('ui/links.json')
  links(@Req() request: Request): { paths: string[] } {
    return { paths: LINKED.filter((path) => allowedMethods(request.app, path).includes('GET')) };
  }

  private async send(name: PageFileName, request: Request, response: Response): Promise<void> {
    const { type, body, etag } = await this.files.read(name);
    response.set({ ...SECURITY_HEADERS, 'Cache-Control': 'no-cache', ETag: etag });
    if (request.headers['if-none-match']?.includes(etag)) response.status(304).end();
    else response.set('Content-Type', type).end(body);
  }
}
