import { Controller, Get, Head, Headers, Res } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import type { Response } from 'express';
import type { Settings } from '#config';

const RUNNING = 'Ollama is running';

/** What a client may call, for those who ask for it in JSON. */
const ENDPOINTS = [
  'POST /api/embed',
  'POST /api/embeddings',
  'POST /api/pull',
  'GET /v1/models',
  'POST /v1/chat/completions',
  'GET /health',
  'GET /ready',
  'GET /v1/version',
  'GET /metrics',
  'POST /api/chat',
  'POST /api/generate',
  'GET /api/tags',
  'POST /api/show',
  'GET /api/ps',
  'GET /api/version',
];

@Controller()
export class RootController {
  private readonly version: string;

  constructor(config: ConfigService<Settings, true>) {
    this.version = config.get('server', { infer: true }).ollamaVersion;
  }

  @Head()
  headRoot(@Res() response: Response): void {
    response.type('text/plain').end();
  }

  /** Ollama's text; service information for a client that asks for JSON. */
  @Get()
  root(@Headers('accept') accept: string | undefined, @Res() response: Response): void {
    if (accept?.includes('application/json')) response.json(information(this.version));
    else response.type('text/plain').end(RUNNING);
  }

  @Head('api/version')
  headVersion(): void {
    // Only the status matters.
  }

  @Get('api/version')
  apiVersion(): { version: string } {
    return { version: this.version };
  }
}

function information(version: string): object {
  return { status: RUNNING, service: 'ollama-openai-proxy', version, endpoints: ENDPOINTS };
}
