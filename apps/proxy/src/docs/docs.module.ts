import { Module } from '@nestjs/common';
import { ApiDocument } from './api-document.js';
import { DocsController } from './docs.controller.js';
import { DocsGuard } from './docs.guard.js';

@Module({ controllers: [DocsController], providers: [ApiDocument, DocsGuard] })
export class DocsModule {}
