import { Controller, Get, Req, Res, UseGuards } from '@nestjs/common';
import type { Request, Response } from 'express';
import { ApiDocument } from './api-document.js';
import { REDOC_FILE, SWAGGER_UI_FILES } from './asset-routes.js';
import { Route } from '../routes/route.decorator.js';
import { DocsGuard } from './docs.guard.js';

const DOCS = { operation: 'docs', access: 'operational' } as const;
const FILE = { access: 'operational' } as const;

/**
 * The API documents. Everything behind these routes is loaded by the first request for it: `@nestjs/swagger` takes
 * 150 ms and 7 MB to import, which a proxy without readers of its documents need not pay.
 */
@Controller()
@UseGuards(DocsGuard)
export class DocsController {
  constructor(private readonly document: ApiDocument) {}

  @Get('docs')
  @Route({ ...DOCS, link: 'API docs' })
  async swaggerUi(@Req() request: Request, @Res() response: Response): Promise<void> {
    const { sendSwaggerUi } = await import('./pages.js');
    sendSwaggerUi(request, response);
  }

  @Get('docs/init.js')
  @Route(FILE)
  async swaggerUiStart(@Res() response: Response): Promise<void> {
    const { sendSwaggerUiStart } = await import('./pages.js');
    sendSwaggerUiStart(response);
  }

  @Get('redoc')
  @Route({ ...DOCS, link: 'API reference' })
  async redoc(@Req() request: Request, @Res() response: Response): Promise<void> {
    const { sendRedoc } = await import('./pages.js');
    sendRedoc(request, response);
  }

  @Get(SWAGGER_UI_FILES)
  @Route(FILE)
  async swaggerUiFile(@Req() request: Request, @Res() response: Response): Promise<void> {
    const { sendSwaggerUiFile } = await import('./assets.js');
    await sendSwaggerUiFile(request.path, response);
  }

  @Get(REDOC_FILE)
  @Route(FILE)
  async redocFile(@Res() response: Response): Promise<void> {
    const { sendRedocFile } = await import('./assets.js');
    await sendRedocFile(response);
  }

  @Get('openapi.json')
  @Route(DOCS)
  async json(@Res() response: Response): Promise<void> {
    send(response, 'application/json; charset=utf-8', await this.document.json());
  }

  @Get('openapi.yaml')
  @Route(DOCS)
  async yaml(@Res() response: Response): Promise<void> {
    send(response, 'application/yaml; charset=utf-8', await this.document.yaml());
  }

  @Get('llms.txt')
  @Route(DOCS)
  async llms(@Res() response: Response): Promise<void> {
    send(response, 'text/plain; charset=utf-8', await this.document.llms());
  }
}

function send(response: Response, type: string, text: string): void {
  response.writeHead(200, { 'Content-Type': type, 'Cache-Control': 'no-cache' }).end(text);
}
