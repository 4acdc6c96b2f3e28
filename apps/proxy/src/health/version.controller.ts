import { Controller, Get } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import type { BuildSettings, Settings } from '#config';
import { Route } from '../routes/route.decorator.js';

const docs = () => import('./health.docs.js');

interface VersionAnswer {
  readonly version: string;
  readonly commit: string;
  /** `unknown` where the build did not tell. */
  readonly built: string;
  /** Version of Node. */
  readonly node: string;
  readonly uptimeSeconds: number;
}

/** What runs here. `/api/version` tells the version of Ollama whose API is spoken. */
@Controller('v1')
export class VersionController {
  private readonly build: BuildSettings;

  constructor(config: ConfigService<Settings, true>) {
    this.build = config.get('build', { infer: true });
  }

  @Get('version')
  @Route({ operation: 'version', api: 'service', docs })
  version(): VersionAnswer {
    const { version, commit, time } = this.build;
    return { version, commit, built: time, node: process.versions.node, uptimeSeconds: Math.round(process.uptime()) };
  }
}
