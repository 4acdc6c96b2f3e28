import { createHash, timingSafeEqual } from 'node:crypto';
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { Injectable } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import type { Request, Response } from 'express';
import type { Settings } from '#config';
import { ProxyException } from '#errors';

/** Basic authentication for the documents, with DOCS_AUTH. */
@Injectable()
export class DocsGuard implements CanActivate {
  private readonly expected: Buffer | undefined;

  constructor(config: ConfigService<Settings, true>) {
    const { auth } = config.get('docs', { infer: true });
    this.expected = auth === undefined ? undefined : digest(auth);
  }

  canActivate(context: ExecutionContext): boolean {
    if (!this.expected) return true;
    const http = context.switchToHttp();
    const given = /^Basic\s+(\S+)\s*$/i.exec(http.getRequest<Request>().headers.authorization ?? '')?.[1];
    if (given !== undefined && timingSafeEqual(digest(Buffer.from(given, 'base64').toString('utf8')), this.expected)) {
      return true;
    }
    http.getResponse<Response>().setHeader('WWW-Authenticate', 'Basic realm="API documents", charset="UTF-8"');
    throw new ProxyException('the API documents require a user name and a password', 401);
  }
}

/** Equal lengths, so that the comparison takes constant time. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
