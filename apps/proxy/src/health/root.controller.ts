import { Controller, Get, Head, Header, Req, Res } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import type { Request, Response } from 'express';
import type { Settings } from '#config';
import { JSON_TYPE } from '../reply/json.js';
import { Route } from '../routes/route.decorator.js';
import { RouteTable } from '../routes/route-table.js';

const docs = () => import('./health.docs.js');

const RUNNING = 'Ollama is running';

/** Clients detect a server with these routes, so they need no API key. */
const ROOT = { operation: 'root', access: 'public', isLimited: false, docs } as const;
const VERSION = { operation: 'version', access: 'public', isLimited: false, docs } as const;

@Controller()
export class RootController {
  private readonly version: string;

  constructor(
    config: ConfigService<Settings, true>,
    private readonly table: RouteTable,
  ) {
    this.version = config.get('server', { infer: true }).ollamaVersion;
  }

  @Head()
  @Route(ROOT)
  headRoot(@Res() response: Response): void {
    response.type('text/plain').end();
  }

  /** Ollama's text; service information for clients that accept JSON. */
  @Get()
  @Route(ROOT)
  root(@Req() { headers }: Request, @Res() response: Response): void {
    if (headers.accept?.includes('application/json')) response.json(this.information());
    else response.type('text/plain').end(RUNNING);
  }

  @Head('api/version')
  @Header('Content-Type', JSON_TYPE)
  @Route(VERSION)
  headVersion(): void {
    // Clients check the status only.
  }

  @Get('api/version')
  @Route(VERSION)
  apiVersion(): { version: string } {
    return { version: this.version };
  }

  /** Claude Code's probe of the address (protocol C32). */
  @Head('api/hello')
  @Route(ROOT)
  headHello(): void {
    // The status alone counts.
  }

  private information(): object {
    return {
      status: RUNNING,
      service: 'ollama-openai-proxy',
      version: this.version,
      endpoints: this.table.endpoints(),
    };
  }
}
