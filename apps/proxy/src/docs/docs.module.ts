import { Module } from '@nestjs/common';
import { DocsController } from './docs.controller.js';
import { DocsGuard } from './docs.guard.js';

@Module({ controllers: [DocsController], providers: [DocsGuard] })
export class DocsModule {}
