import { Module } from '@nestjs/common';
import { PageController } from './page.controller.js';
import { PageFiles } from './page-files.js';

/** The page that people see at `/`. */
@Module({ controllers: [PageController], providers: [PageFiles] })
export class PageModule {}
