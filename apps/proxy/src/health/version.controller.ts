import { Controller, Get } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import type { BuildSettings, Settings } from '#config';
import { Route } from '../routes/route.decorator.js';

const docs = () => import('./health.docs.js');

interface VersionAnswer {
  readonly version: string;
  readonly commit: string;
  /** `unknown` for a build without this information. */
  readonly built: string;
  /** Version of Node. */
  readonly node: string;
  readonly uptimeSeconds: number;
}

/** Version of this service. `/api/version` is the version of the Ollama API. */
@Controller('v1')
export class VersionController {
  private readonly build: BuildSettings;

  constructor(config: ConfigService<Settings, true>) {
    this.build = config.get('build', { infer: true });
  }

  @Get('version')
  @Route({ operation: 'version', api: 'service', isLimited: false, docs })
  version(): VersionAnswer {
    const { version, commit, time } = this.build;
    return { version, commit, built: time, node: process.versions.node, uptimeSeconds: Math.round(process.uptime()) };
  }
}
