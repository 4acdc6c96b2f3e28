import { Controller, Get, Next, Req, Res } from '@nestjs/common';
import type { NextFunction, Request, Response } from 'express';
import { Route } from '../routes/route.decorator.js';
import { RouteTable } from '../routes/route-table.js';
import type { PageFileName } from './page-files.js';
import { PageFiles } from './page-files.js';

/**
 * The page shows text of models and upstreams, so it may run nothing but its own script, load nothing from elsewhere
 * and be shown in no other page's frame.
 */
const SECURITY_HEADERS = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
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

  @Get('ui/page.css')
  @Route(FILE)
  style(@Req() request: Request, @Res() response: Response): Promise<void> {
    return this.send('page.css', request, response);
  }

  @Get('ui/page.js')
  @Route(FILE)
  script(@Req() request: Request, @Res() response: Response): Promise<void> {
    return this.send('page.js', request, response);
  }

  @Get(['ui/icon.svg', 'favicon.ico'])
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

  private async send(name: PageFileName, request: Request, response: Response): Promise<void> {
    const { type, body, etag } = await this.files.read(name);
    response.set({ ...SECURITY_HEADERS, 'Cache-Control': 'no-cache', ETag: etag });
    if (request.headers['if-none-match']?.includes(etag)) response.status(304).end();
    else response.set('Content-Type', type).end(body);
  }
}
