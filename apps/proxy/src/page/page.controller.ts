import { basename } from 'node:path';
import { Controller, Get, Next, Req, Res } from '@nestjs/common';
import type { NextFunction, Request, Response } from 'express';
import { Route } from '../routes/route.decorator.js';
import { RouteTable } from '../routes/route-table.js';
import { ASSETS, PageFiles } from './page-files.js';

/**
 * The page shows text of models and upstreams, so it may run nothing but its own scripts, load nothing from elsewhere
 * and be shown in no other page's frame. HTML is made by DOMPurify alone (trusted types).
 */
const SECURITY_HEADERS = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types dompurify",
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
};

const FILE = { access: 'operational' } as const;

@Controller()
export class PageController {
  constructor(
    private readonly files: PageFiles,
    private readonly table: RouteTable,
  ) {}

  /** For browsers only; other clients, and HEAD, get the response of `RootController`, which declares the route. */
  @Get()
  async page(@Req() request: Request, @Res() response: Response, @Next() next: NextFunction): Promise<void> {
    if (request.method === 'HEAD' || !request.headers.accept?.includes('text/html')) {
      next();
      return;
    }
    response.setHeader('Vary', 'Accept');
    await this.send('page.html', request, response);
  }

  @Get(ASSETS.map((name) => `ui/${name}`))
  @Route(FILE)
  asset(@Req() request: Request, @Res() response: Response): Promise<void> {
    return this.send(basename(request.path), request, response);
  }

  /** Browsers look for an icon here as well. */
  @Get('favicon.ico')
  @Route(FILE)
  icon(@Req() request: Request, @Res() response: Response): Promise<void> {
    return this.send('icon.svg', request, response);
  }

  /** The links that this server's routes declare. */
  @Get('ui/links.json')
  @Route(FILE)
  links(): { links: { path: string; text: string }[] } {
    return { links: this.table.links() };
  }

  private async send(name: string, request: Request, response: Response): Promise<void> {
    const { type, body, etag } = await this.files.read(name);
    response.set({ ...SECURITY_HEADERS, 'Cache-Control': 'no-cache', ETag: etag });
    if (request.headers['if-none-match']?.includes(etag)) response.status(304).end();
    else response.set('Content-Type', type).end(body);
  }
}
